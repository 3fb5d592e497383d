"""Why a block of a page is not in its report, in words that a user can be shown."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """A reason to leave a block out; its value goes on from "left out: it ..."."""

    MENU = "is hardly anything but links"
    TITLE = "is the headline again"
    CREDIT = "is a credit line"
    FURNITURE = "is furniture of the site: a label, a prompt, a counter"
    COMMENTS = "opens the readers' comments"
    AFTER_COMMENTS = "stands after the heading of the readers' comments"
    COPY = "is said a second time on the page"
    BOX = "is in a small element whose name says that it's no part of a report"
    POINTER = "points to other stories"
    LABEL = "is a label or a second title before the first paragraph"
    OUTSIDE = "is outside of the element that holds the report"
    DROPPED_KIND = "is of a kind that is no part of the site's reports"
    UNSEEN_KIND = (
        "is of a kind that the site's reports did not have so far, and not among this one's paragraphs"
    )
    REPEATED = "is on several pages of the site"
    NOT_TAKEN = "was not taken by the first extraction, and is not like the report's paragraphs"
