"""From a captured page to the visit that is stored, as a crawl's pipeline makes it."""

from __future__ import annotations

import logging
from dataclasses import replace

from archive.clock import to_text
from archive.models import Extraction, Lead, Outcome, RawResponse, Visit
from crawler.commands.importing.pages import ForeignPage, extract_foreign
from crawler.commands.importing.runs import AtTheTime, ImportRun
from crawler.errors import CrawlerError, PackedTooWell
from crawler.extraction.page import KnownTemplate
from crawler.extraction.remote import PASSING
from crawler.learning import learn_from
from crawler.rereading import says_the_same

logger = logging.getLogger(__name__)


async def visit_of(run: ImportRun, lead: Lead, response: RawResponse) -> Visit:
    """Return what the page of a response is: its report, or why there is none."""
    visit = Visit(lead, (response,))
    try:
        template, extraction = await _extracted(run, response)
    except PackedTooWell as error:
        return replace(visit, failure=Outcome.NOT_ARTICLE, error=f"refused: {error}")
    except CrawlerError as error:
        return replace(visit, failure=Outcome.FAILED, error=f"extraction: {error}")
    visit = replace(visit, extraction=extraction)
    if extraction.article is None:
        reason = f"{extraction.reason}: {extraction.detail}"
        is_passing = extraction.reason in PASSING
        return replace(visit, failure=Outcome.NOT_ARTICLE, error=reason, is_passing=is_passing)
    address = run.home.address(response.url, extraction)
    if address is None:
        return replace(visit, failure=Outcome.NOT_ARTICLE, error="address: it's no report of this source")
    await learn_from(run, response.url, response.fetched_at, extraction)
    key = run.home.identity.key(address)
    is_same = await _is_same(run, key, extraction, response, template)
    return replace(visit, url=address, is_same=is_same)


async def _extracted(run: ImportRun, response: RawResponse) -> tuple[KnownTemplate | None, Extraction]:
    """Return what a worker makes of a page, and the template that it had for it."""
    async with run.pool.turn():
        template = run.templates.known
        page = ForeignPage(
            url=response.url,
            headers=response.response_headers,
            payload=response.body,
            content_type=_content_type(response),
            fetched_at=response.fetched_at,
            hints=run.home.hints(),
            template=template,
            teach=run.templates.teaches(),
        )
        return template, await run.pool.run_now(extract_foreign, page)


async def _is_same(
    run: ImportRun, key: str, extraction: Extraction, response: RawResponse, template: KnownTemplate | None
) -> bool:
    at_the_time = AtTheTime(run, to_text(response.fetched_at))
    try:
        return await says_the_same(at_the_time, key, extraction, run.home.hints(), template)
    except CrawlerError as error:
        logger.warning("the capture of %s of that time can't be compared: %s", response.url, error)
        return False


def _content_type(response: RawResponse) -> str | None:
    return next((value for name, value in response.response_headers if name.lower() == "content-type"), None)
