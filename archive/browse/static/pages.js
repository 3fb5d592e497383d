// Keys: "/" goes to the search box; "j" and "k" to the next and previous report of a list, or page where there is one.
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

// On a page whose body is a "listing", they go along its list, and from the last report to the next page.
function step(forward) {
    const isListing = document.body.classList.contains("listing");
    const link = document.querySelector(`link[rel=${forward ? "next" : "prev"}]`);
    const titles = [...document.querySelectorAll(".reports .title")];
    const at = titles.indexOf(document.activeElement);
    if (link && (!isListing || !titles.length || (forward && at === titles.length - 1))) {
        location.assign(link.href);
        return;
    }
    if (!titles.length) return;
    const wanted = at < 0 ? (forward ? 0 : titles.length - 1) : at + (forward ? 1 : -1);
    titles[Math.max(0, Math.min(titles.length - 1, wanted))].focus();
}

document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") {
        const box = document.querySelector("input[type=search]");
        if (!box) return;
        box.focus();
        box.select();
        event.preventDefault();
    } else if (event.key === "j" || event.key === "k") {
        step(event.key === "j");
        event.preventDefault();
    }
});
