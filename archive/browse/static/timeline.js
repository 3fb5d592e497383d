// Brushing the timeline: a stretch of bars, by pointer or keyboard, becomes since= and until= of the address.
const chart = document.getElementById("timeline");
const slots = chart ? [...chart.querySelectorAll(".slot")] : [];
const said = document.getElementById("timeline-said");
let from = -1;
let to = -1;
let pressed = null;

function ends() {
    const [first, last] = [Math.min(from, to), Math.max(from, to)];
    return [slots[first].dataset.first, slots[last].dataset.last];
}

function mark() {
    const [first, last] = [Math.min(from, to), Math.max(from, to)];
    slots.forEach((slot, at) => slot.classList.toggle("taken", from >= 0 && at >= first && at <= last));
    said.textContent = from < 0 ? "" : ends().join(" – ");
}

function take() {
    const address = new URL(location.href);
    const [since, until] = ends();
    address.searchParams.set("since", since);
    address.searchParams.set("until", until);
    address.searchParams.delete("page");
    location.assign(address);
}

function clear() {
    from = to = -1;
    pressed = null;
    mark();
}

function at(event) {
    const box = chart.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * slots.length);
    return Math.max(0, Math.min(slots.length - 1, place));
}

// One stop of the Tab key for all bars; the arrows go along them.
function focus(place) {
    slots.forEach((slot, number) => slot.setAttribute("tabindex", number === place ? "0" : "-1"));
    slots[place].focus();
}

function pointer() {
    chart.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        pressed = event.clientX;
        from = to = at(event);
    });
    chart.addEventListener("pointermove", (event) => {
        if (pressed === null || Math.abs(event.clientX - pressed) < 4) return;
        if (!chart.hasPointerCapture(event.pointerId)) chart.setPointerCapture(event.pointerId);
        to = at(event);
        mark();
    });
    chart.addEventListener("pointerup", (event) => {
        const isBrush = pressed !== null && Math.abs(event.clientX - pressed) >= 4;
        pressed = null;
        if (isBrush) take();
        else clear();  // a click: the bar is a link
    });
    chart.addEventListener("pointercancel", clear);
    chart.addEventListener("dragstart", (event) => event.preventDefault());
}

function keys() {
    chart.addEventListener("keydown", (event) => {
        const here = slots.indexOf(event.target);
        if (here < 0) return;
        const moves = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: slots.length - 1 };
        if (event.key in moves) {
            const place = Math.max(0, Math.min(slots.length - 1, moves[event.key]));
            if (event.shiftKey) {
                if (from < 0) from = here;
                to = place;
            } else {
                from = to = -1;
            }
            focus(place);
            mark();
        } else if (event.key === "Enter") {
            if (from < 0) from = to = here;
            take();
        } else if (event.key === "Escape") {
            clear();
        } else {
            return;
        }
        event.preventDefault();
    });
}

if (slots.length) {
    chart.classList.add("brushed");
    document.getElementById("timeline-help").classList.remove("waiting");
    slots.forEach((slot, number) => {
        slot.setAttribute("tabindex", number === slots.length - 1 ? "0" : "-1");
        if (!slot.hasAttribute("aria-label")) {
            slot.setAttribute("role", "img");
            slot.setAttribute("aria-label", slot.querySelector("title").textContent);
        }
    });
    pointer();
    keys();
}
