"""Politeness and the order of components; each number has its reason."""

import os

BOT_NAME = "conflict-archive"
SPIDER_LOADER_CLASS = "crawler.spiders.loader.CatalogueSpiderLoader"
SPIDER_MODULES: list[str] = []
COMMANDS_MODULE = "crawler.cli"

# -- what is ours -----------------------------------------------------------------------------------------
ARCHIVE_DB = os.environ.get("ARCHIVE_DB", "archive.db")
# Seconds. How long a write waits for another program's to end, before the crawl gives up.
ARCHIVE_BUSY_TIMEOUT = 60.0
# What `archive compact` does at the end of a crawl: nothing, "month" (WARC files of months that have ended) or "run" (all).
COMPACT_WARC = ""
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
# The instant at which the process shall believe to have started, YYYY-MM-DDTHH:MM:SSZ; "" is the real one.
# For rehearsing weeks of crawls in an hour (bench/month.py).
NOW = os.environ.get("CRAWL_NOW", "")

# -- manners ----------------------------------------------------------------------------------------------
# An e-mail address or a web page at which sites can reach you; without it no site of others is crawled.
CONTACT = os.environ.get("CONTACT", "")
# With a contact, "conflict-archive/VERSION (+CONTACT)"; this one is for sites of your own.
USER_AGENT = "conflict-archive/0.1 (archive of conflict reporting)"
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "conflict-archive"
# Seconds. A robots.txt that asks for a longer Crawl-delay is obeyed by not crawling its host at all: at more than
# ten minutes a report, it's for you to say that a crawl may take days.
CRAWL_DELAY_MAX = 600.0
# Seconds. A shorter Retry-After is waited for; a longer one ends the run, and the source is paused until then.
RETRY_AFTER_MAX_WAIT = 60.0
# A small outlet's server under fire is not to be hit by two requests at once; each source sets its own delay.
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 2.0
# Up to half as long again, never shorter; so that the crawls of many sources don't fall into step.
DOWNLOAD_DELAY_JITTER = 0.5
DOWNLOADER = "crawler.middlewares.pace.PacedDownloader"
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 2.0
AUTOTHROTTLE_MAX_DELAY = 60.0
COOKIES_ENABLED = False
# Within a run, for what may be over in a minute; the archive has longer delays, over runs. Not 429.
RETRY_TIMES = 2
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524, 408]
# Seconds from the request to the last byte of its answer, however slowly it drips.
DOWNLOAD_TIMEOUT = 60
REDIRECT_MAX_TIMES = 5
# The largest honest page seen is 5 MB; Scrapy stops reading here, also while decompressing.
DOWNLOAD_MAXSIZE = 25 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
METAREFRESH_ENABLED = False
TELNETCONSOLE_ENABLED = False
# Both open a port on which whoever has its token may run code.
REMOTE_CONTROL_ENABLED = False
# More only wait in the downloader for their host's turn, where they can't be put in order any more.
CONCURRENT_REQUESTS = 4

# -- wiring -----------------------------------------------------------------------------------------------
# A 404 is an answer to be archived, not an error to be dropped.
HTTPERROR_ALLOW_ALL = True
# In the order in which they are listed: the newest first, as sites list them.
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
# Scrapy makes as many tasks for each response; ours yields one item, or requests, which don't wait.
CONCURRENT_ITEMS = 1
# Pages that were asked for and are not on the disk yet, of each source; beyond, fetching pauses. It is what a crawl that
# is killed fetches again at most. Twice the writer's batch: one is gathered while the other is written.
PAGES_IN_HAND = 64
# They are held in memory, as they were sent, up to this.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 32 * 1024 * 1024
TWISTED_DNS_RESOLVER = "crawler.middlewares.guard.PublicResolver"
DOWNLOAD_HANDLERS = {
    "http": "crawler.middlewares.hostmap.HostMapHandler",
    "https": "crawler.middlewares.hostmap.HostMapHandler",
}
# Of Scrapy's own components those that do something here. The others would take their time at every request, and
# even those that are switched off are imported, with an HTTP client (cookies) and a web server (remote control).
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.guard.GuardMiddleware": 90,
    "crawler.middlewares.redirects.KnownTargetMiddleware": 95,
    "crawler.middlewares.robots.FailClosedRobotsMiddleware": 100,
    "crawler.middlewares.backoff.PatientRetryMiddleware": 550,
    # before the retries, where redirects are followed and bodies unpacked
    "crawler.middlewares.backoff.BackoffMiddleware": 560,
    "crawler.middlewares.guard.BoundedCompressionMiddleware": 590,
    # next to the downloader, where bodies are still as the site sent them
    "crawler.middlewares.capture.CaptureMiddleware": 880,
}
SPIDER_MIDDLEWARES = {
    # nearest to the spider: what its callbacks raise is seen here first
    "crawler.middlewares.trouble.TroubleMiddleware": 900,
}
SPIDER_MIDDLEWARES_BASE = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": 25,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": 700,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": 800,
}
ITEM_PIPELINES = {
    "crawler.pipelines.ExtractPipeline": 100,
    "crawler.pipelines.StorePipeline": 200,
}
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.memdebug.MemoryDebugger": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,
    "scrapy.extensions.logstats.LogStats": 0,
    "scrapy.extensions.spiderstate.SpiderState": 0,
    "scrapy.extensions.throttle.AutoThrottle": 0,
}
EXTENSIONS = {
    "crawler.extensions.DemoSiteExtension": 10,
    "crawler.extensions.RunExtension": 20,
}

# -- display ----------------------------------------------------------------------------------------------
# On standard error: a table on a terminal, else a line a source every so many seconds.
PROGRESS = True
PROGRESS_EVERY = 60.0

# -- log --------------------------------------------------------------------------------------------------
LOG_LEVEL = os.environ.get("LOG_LEVEL", "WARNING")
STATS_DUMP = False
