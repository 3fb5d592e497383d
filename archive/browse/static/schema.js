// Names of columns beside the box for SQL become buttons that write themselves into it, where its cursor is.
const insert = (text) => {
    const shown = document.querySelector(".CodeMirror")?.CodeMirror;
    if (shown) {
        shown.replaceSelection(text);
        shown.focus();
        return;
    }
    const box = document.querySelector("textarea#sql-editor");
    if (!box) return;
    box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    box.focus();
};

if (document.querySelector("textarea#sql-editor")) {
    for (const name of document.querySelectorAll(".archive-schema code.name")) {
        const button = document.createElement("button");
        button.type = "button";
        button.title = "Write it into the query";
        name.replaceWith(button);
        button.append(name);
        button.addEventListener("click", () => insert(name.textContent));
    }
}
