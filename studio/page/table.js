// Real against synthetic: the columns of a table, pairs of columns, and rows.

import {get} from "./api.js";
import {histograms, rowsTable} from "./bars.js";
import {frame, waitForCheckpoint, without} from "./frame.js";
import {empty, h, problem, short, whole} from "./dom.js";

const mostPairs = 15;

export async function show(place, params, scope) {
	const {detail, body} = await frame(place, params, scope);
	const nothing = without(detail) || detail.run.kind !== "table" && empty("This run is not of a table.");
	if (nothing) {
		body.append(nothing);
		return waitForCheckpoint(scope, detail);
	}
	scope.watch([detail.run.id]);
	body.append(h("p", {class: "faint", role: "status"}, "Drawing rows and comparing them with the data …"));
	let t;
	try {
		t = await get("/api/table", {id: detail.run.id}, scope.signal);
	} catch (error) {
		if (error.name === "AbortError") return;
		return body.replaceChildren(problem(error));
	}
	const most = Math.max(...t.pairs.map(p => p.difference), 1e-9);
	body.replaceChildren(
		h("h2", {}, "Columns"), h("p", {class: "faint"}, `${whole(t.rows)} synthetic rows of the newest checkpoint against rows of the data.`),
		histograms(t.histograms),
		h("h2", {}, "Pairs of columns that differ most"),
		t.pairs.length === 0 ? empty("There are no pairs to compare.") : h("div", {class: "wide"}, h("table", {class: "pairs"},
			h("thead", {}, h("tr", {}, h("th", {}, "columns"), h("th", {class: "number"}, "difference"), h("th", {}))),
			h("tbody", {}, t.pairs.slice(0, mostPairs).map(p => {
				const bar = h("span", {class: "fill"});
				bar.style.width = `${100 * p.difference / most}%`;
				return h("tr", {}, h("td", {}, `${p.a}, ${p.b}`), h("td", {class: "number"}, short(p.difference)),
					h("td", {class: "bar-cell"}, h("span", {class: "progress"}, bar)));
			})))),
		h("h2", {}, "Rows"), h("div", {class: "pair rows"},
			h("section", {}, h("h3", {}, "real"), rowsTable(t.columns, t.real, 20)),
			h("section", {}, h("h3", {}, "synthetic"), rowsTable(t.columns, t.synthetic, 20))));
}
