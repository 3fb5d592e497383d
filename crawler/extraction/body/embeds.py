"""Posts of other services that a report shows (Telegram, X, Facebook, YouTube ...), each with its own address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote

from lxml.html import HtmlElement

from crawler.extraction.body.blocks import BlockTree, Node, normal_space

# A post's address in the spellings that pages embed it under → the address that a reader can cite.
_POSTS = tuple(
    (re.compile(pattern, re.IGNORECASE), address)
    for pattern, address in (
        (r"(?:www\.|mobile\.|m\.)?(twitter|x)\.com/(?:#!/)?(\w+|i/web)/status(?:es)?/(\d+)", r"https://\1.com/\2/status/\3"),
        (r"platform\.(twitter|x)\.com/embed/[\w.]+\?(?:.*&)?id=(\d+)", r"https://\1.com/i/status/\2"),
        (r"(?:www\.)?(?:t|telegram)\.me/(?:s/)?(\w+)/(\d+)", r"https://t.me/\1/\2"),
        (r"(?:www\.)?instagram\.com/(?:[\w.]+/)?(p|reel|tv)/([\w-]+)", r"https://www.instagram.com/\1/\2/"),
        (r"(?:www\.)?tiktok\.com/(@[\w.]+)/video/(\d+)", r"https://www.tiktok.com/\1/video/\2"),
        ((r"(?:www\.|m\.|web\.)?facebook\.com/((?:groups/)?[\w.-]+/(?:posts|videos|permalink)/(?:[\w.%-]+/)?\w+|reel/\d+"
         r"|(?:watch/?\?v=|permalink\.php\?|story\.php\?|photo(?:\.php|/)?\?|video\.php\?v=)[\w=&.-]+)"), r"https://www.facebook.com/\1"),
        (r"bsky\.app/profile/([\w.:-]+)/post/(\w+)", r"https://bsky.app/profile/\1/post/\2"),
        (r"(?:www\.)?threads\.(net|com)/(@[\w.]+)/post/([\w-]+)", r"https://www.threads.\1/\2/post/\3"),
        (r"truthsocial\.com/(@\w+)/(?:posts/)?(\d+)", r"https://truthsocial.com/\1/\2"),
        (r"(?:m\.)?vk\.com/(?:[\w.]+\?w=)?wall(-?\d+_\d+)", r"https://vk.com/wall\1"),
        (r"([\w.-]+)/(@\w+)/(\d{10,})/embed\b", r"https://\1/\2/\3"),  # Mastodon, on any host
    )
)  # fmt: skip
_VIDEOS = tuple(
    (re.compile(pattern, re.IGNORECASE), address)
    for pattern, address in (
        ((r"(?:www\.|m\.)?(?:youtube(?:-nocookie)?\.com/(?:embed/|v/|shorts/|live/|watch\?(?:.*&)?v=)|youtu\.be/)"
         r"(?!videoseries)([\w-]{11})(?![\w-])"), r"https://www.youtube.com/watch?v=\1"),
        (r"(?:m\.)?vk\.com/video_ext\.php\?oid=(-?\d+)&(?:amp;)?id=(\d+)", r"https://vk.com/video\1_\2"),
        (r"(?:www\.|player\.)?vimeo\.com/(?:video/)?(\d{6,})", r"https://vimeo.com/\1"),
        (r"(?:www\.)?dailymotion\.com/(?:embed/)?video/(\w+)", r"https://www.dailymotion.com/video/\1"),
    )
)  # fmt: skip
_SCHEME = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_PLUGIN = re.compile(r"(?:www\.|m\.|web\.)?facebook\.com/plugins/(?:post|video)\.php\?(?:.*&)?href=([^&]+)")
_MAX_URL = 2_000
_TELEGRAM = re.compile(r"\w+/\d+")
_WORD = re.compile(r"[\w-]+")

# The classes that services have pages put on what their scripts turn into a post.
_CLASSES = re.compile(
    r"\b(?:twitter-tweet|twitter-video|instagram-media|tiktok-embed|bluesky-embed|text-post-media|fb-post|fb-video"
    r"|telegram-post|mastodon-embed|reddit-embed-bq)\b"
)
_PERMALINKS = ("cite", "data-instgrm-permalink", "data-text-post-permalink", "data-href", "data-url")
_SOURCES = ("src", "data-src", "data-lazy-src", "data-cmp-src")
_STATUS = re.compile(r"https?://[^/\s]+/[^\s?#]*/status(?:es)?/\d+", re.IGNORECASE)
# What a custom element says of its post: the attribute → the address.
_CUSTOM = {
    "amp-twitter": ("data-tweetid", "https://twitter.com/i/status/{}"),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/{}/"),
    "amp-youtube": ("data-videoid", "https://www.youtube.com/watch?v={}"),
    "lite-youtube": ("videoid", "https://www.youtube.com/watch?v={}"),
}
# The commonest elements are not looked at twice.
_PLAIN_TAGS = frozenset(
    {"p", "li", "ul", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "td", "tr", "ol", "dd", "dt"}
)
_MAX_LINKS = 50
_MAX_POSTS = 200
_MAX_SIBLINGS = 200
_MAX_BEFORE = 80


@dataclass(frozen=True, slots=True)
class Post:
    """A post and its place: its words are the page's blocks `first` to `end`, which are equal where it has none.

    url: its own http(s) address, None where the page does not give it. node: the number of the nearest node.
    """

    first: int
    end: int
    url: str | None
    node: int


def find_posts(tree: BlockTree, top: Node, stop: int) -> list[Post]:
    """Return the posts that the element of `top` shows; of those inside one another the outermost.

    stop: the number of a node from which on no post is looked for.
    """
    found: dict[HtmlElement, str | None] = {}
    candidates = [
        node
        for node in tree.nodes[top.number : stop]
        if node.tag not in _PLAIN_TAGS
        and (node.tag == "blockquote" or "-" in node.tag or "embed" in node.names or "fb-" in node.names)
    ]
    for node in candidates:
        if node.element is not None and len(found) < _MAX_POSTS:
            is_post, url = _from_block(node.element, node.tag)
            if is_post and not _is_inside(node.element, found):
                found[node.element] = url
    for element in top.element.iter("iframe", "script") if top.element is not None else ():
        url = _from_frame(element) if element.tag == "iframe" else _from_script(element)
        if url and len(found) < _MAX_POSTS and not _is_inside(element, found):
            found[element] = url
    if not found:
        return []
    places = _Places(tree, top)
    return [post for element, url in found.items() if (post := places.post(element, url))]


def post_url(address: str | None, *, videos: bool = True) -> str | None:
    """Return the citable address of the post that `address` is an embeddable or tracked spelling of, or None.

    `videos`: whether a video of YouTube, VK and the like counts as a post.
    """
    start = _SCHEME.match(address[:_MAX_URL]) if address else None
    if not address or not start:
        return None
    rest = address[start.end() : _MAX_URL].strip()
    if plugin := _PLUGIN.match(rest):
        rest = _SCHEME.sub("", unquote(plugin[1]), count=1)
    for pattern, citable in (*_POSTS, *_VIDEOS) if videos else _POSTS:
        if match := pattern.match(rest):
            return match.expand(citable)
    return None


def _is_inside(element: HtmlElement, found: Mapping[HtmlElement, str | None]) -> bool:
    return bool(found) and any(around in found for around in element.iterancestors())


def _from_block(element: HtmlElement, tag: str) -> tuple[bool, str | None]:
    """Return whether an element shows a post, and the post's address."""
    names = element.get("class", "")
    url = None
    if tag in _CUSTOM:
        attribute, address = _CUSTOM[tag]
        value = element.get(attribute, "")
        url = address.format(value) if _WORD.fullmatch(value) else None
    elif tag in {"amp-facebook", "amp-iframe"}:
        url = post_url(element.get("data-href") or element.get("src"))
    elif _CLASSES.search(names):
        return True, _permalink(element)
    elif tag == "blockquote":
        url = _unnamed(element)
    elif "wp-block-embed" in names:
        url = _bare_address(element)
    return url is not None, url


def _permalink(element: HtmlElement) -> str | None:
    """Return a post's address from its attributes or its links, of which the date's is the last."""
    given = [element.get(name) for name in _PERMALINKS]
    links = [link.get("href", "") for _, link in zip(range(_MAX_LINKS), element.iter("a"), strict=False)]
    candidates = [address for address in (*given, *reversed(links)) if address]
    for address in candidates:
        if url := post_url(address):
            return url
    status = next((match for address in candidates if (match := _STATUS.match(address))), None)
    if status:
        return status[0]
    return next((address[:_MAX_URL] for address in candidates if _is_web(address)), None)


def _is_web(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))


def _unnamed(element: HtmlElement) -> str | None:
    """Return the address of the post that a blockquote ends with a link to: its class was not kept."""
    links = [link for _, link in zip(range(_MAX_LINKS), element.iter("a"), strict=False)]
    if not links or len(links) == _MAX_LINKS or (links[-1].tail or "").strip():
        return None
    return post_url(links[-1].get("href"), videos=False)


def _bare_address(element: HtmlElement) -> str | None:
    """Return the address that WordPress leaves alone where it couldn't fetch the post."""
    if next(element.iter("blockquote", "iframe"), None) is not None:
        return None
    return post_url("".join(islice(element.itertext(), _MAX_LINKS))[:_MAX_URL].strip())


def _from_frame(element: HtmlElement) -> str | None:
    return next((url for name in _SOURCES if (url := post_url(element.get(name)))), None)


def _from_script(element: HtmlElement) -> str | None:
    post = element.get("data-telegram-post", "")
    return f"https://t.me/{post}" if _TELEGRAM.fullmatch(post) else None


class _Places:
    """Where the elements below a node stand among the page's blocks."""

    def __init__(self, tree: BlockTree, top: Node) -> None:
        self._tree, self._top = tree, top.number
        self._numbers = {node.element: node.number for node in tree.nodes[top.number :]}
        self._spans: dict[int, tuple[int, int]] = {}
        for place, block in enumerate(tree.blocks):
            number = block.node
            while number >= top.number:
                self._spans[number] = (self._spans.get(number, (place, 0))[0], place + 1)
                number = tree.nodes[number].parent

    def post(self, element: HtmlElement, url: str | None) -> Post | None:
        """Return the post that an element shows, with its place; None for one at no place of the page's text."""
        holder: HtmlElement | None = element
        while holder is not None and holder not in self._numbers:
            holder = holder.getparent()
        if holder is None:
            return None
        node = self._numbers[holder]
        if holder is element and node in self._spans:
            return Post(*self._spans[node], url, node)
        child, around = element, element.getparent()
        while around is not None and self._numbers.get(around) not in self._spans:
            child, around = around, around.getparent()
        if around is None:
            return None
        place = self._after(child, self._numbers[around])
        return Post(place, place, url, node)

    def _after(self, child: HtmlElement, holder: int) -> int:
        """Return the number of the first block after `child`, which stands directly in node `holder`."""
        start, end = self._spans[holder]
        before = ""
        for sibling in islice(child.itersiblings(preceding=True), _MAX_SIBLINGS):
            before = before or normal_space(sibling.tail or "")
            span = self._spans.get(self._numbers.get(sibling, -1))
            if span:
                start = span[1]
                break
            before = before or normal_space("".join(islice(sibling.itertext(), _MAX_LINKS)))
        else:
            around = child.getparent()
            before = before or normal_space((around.text if around is not None else None) or "")
        # What stands between is text of the holder itself: find the run that ends the nearest before the child.
        while before and start < end and self._tree.blocks[start].node == holder:
            start += 1
            if before[-_MAX_BEFORE:] in self._tree.blocks[start - 1].text:
                break
        return start
