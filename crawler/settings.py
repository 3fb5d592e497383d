"""Politeness and the order of components; each number has its reason."""

import os

BOT_NAME = "conflict-archive"
SPIDER_LOADER_CLASS = "crawler.spiders.loader.CatalogueSpiderLoader"
SPIDER_MODULES: list[str] = []
COMMANDS_MODULE = "crawler.commands"

# -- what is ours -----------------------------------------------------------------------------------------
ARCHIVE_DB = os.environ.get("ARCHIVE_DB", "archive.db")
# Folders of TOML files beside our own; an entry there replaces ours of the same id.
SOURCES_DIR = os.environ.get("SOURCES_DIR", "")
# Extraction is what costs: one process a core. The reactor itself idles most of the time.
EXTRACTION_WORKERS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
EXTRACTION_TIMEOUT = 30.0
# host -> http://address:port that stands for it; for the demo site, and for replaying pages
HOST_MAP: dict[str, str] = {}
DEMO_EDITION = 1
# Names that resolve to private addresses are refused; `scrapy crawl` allows them for a source with `private = true`.
ALLOW_PRIVATE_HOSTS = False

# -- manners ----------------------------------------------------------------------------------------------
USER_AGENT = "conflict-archive/0.1 (archive of conflict reporting)"
ROBOTSTXT_OBEY = True
# A small outlet's server under fire is not to be hit by two requests at once; each source sets its own delay.
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 2.0
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 2.0
AUTOTHROTTLE_MAX_DELAY = 60.0
COOKIES_ENABLED = False
RETRY_TIMES = 2
DOWNLOAD_TIMEOUT = 60
REDIRECT_MAX_TIMES = 5
# The largest honest page seen is 5 MB; Scrapy stops reading here, also while decompressing.
DOWNLOAD_MAXSIZE = 25 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
METAREFRESH_ENABLED = False
TELNETCONSOLE_ENABLED = False

# -- wiring -----------------------------------------------------------------------------------------------
# A 404 is an answer to be archived, not an error to be dropped.
HTTPERROR_ALLOW_ALL = True
# In the order in which they are listed: the newest first, as sites list them.
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
# Scrapy makes as many tasks for each response; ours yields one item, or requests, which don't count.
CONCURRENT_ITEMS = 2
# Pages that wait for extraction or for the disk are held in memory up to this; beyond, fetching pauses.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 64 * 1024 * 1024
TWISTED_DNS_RESOLVER = "crawler.middlewares.guard.PublicResolver"
DOWNLOAD_HANDLERS = {
    "http": "crawler.middlewares.hostmap.HostMapHandler",
    "https": "crawler.middlewares.hostmap.HostMapHandler",
}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.middlewares.guard.GuardMiddleware": 90,
    "crawler.middlewares.robots.FailClosedRobotsMiddleware": 100,
    # next to the downloader, where bodies are still as the site sent them
    "crawler.middlewares.capture.CaptureMiddleware": 880,
}
ITEM_PIPELINES = {
    "crawler.pipelines.ExtractPipeline": 100,
    "crawler.pipelines.StorePipeline": 200,
}
EXTENSIONS = {
    "crawler.extensions.DemoSiteExtension": 10,
    "crawler.extensions.RunExtension": 20,
}

# -- log --------------------------------------------------------------------------------------------------
LOG_LEVEL = os.environ.get("LOG_LEVEL", "WARNING")
STATS_DUMP = False
