"use strict";
// Every sortable table gets a button in each head; a second press turns the order round.
const valueOf = (row, column) => {
  const cell = row.cells[column];
  const kept = cell.dataset.sort;
  return kept === undefined ? cell.textContent.trim() : kept;
};
const compare = (one, other) => {
  if (one === "" || other === "") return (one === "") - (other === "");
  const difference = Number(one) - Number(other);
  return Number.isNaN(difference) ? one.localeCompare(other) : difference;
};
const sort = (table, head) => {
  const turn = head.ariaSort === "ascending" ? -1 : 1;
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", turn === 1 ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows];
  const column = head.cellIndex;
  rows.sort((one, other) => turn * compare(valueOf(one, column), valueOf(other, column)));
  table.tBodies[0].append(...rows);
};
for (const table of document.querySelectorAll("table.sortable")) {
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(table, head));
  }
}
