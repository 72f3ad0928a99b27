// The training of one run: its curves, and its samples at each checkpoint.

import {frame} from "./frame.js";
import {Curves} from "./curves.js";
import {Previews} from "./previews.js";
import {forget} from "./draw.js";
import {h} from "./dom.js";
import {get} from "./api.js";

export async function show(place, params, scope) {
	const {detail, body} = await frame(place, params, scope);
	const id = params.id, curves = new Curves(scope), previews = new Previews(scope, detail);
	body.append(h("div", {class: "training"},
		h("section", {"aria-label": "Samples by checkpoint"}, h("h2", {}, "Samples by checkpoint"), previews.element),
		h("section", {"aria-label": "Curves"}, h("h2", {}, "Curves"), curves.element)));
	curves.show([{id, name: detail.run.name, color: 0}]);
	const again = async () => { // a preview was drawn, or the first checkpoint tells what the data are
		try {
			previews.update(await get("/api/run", {id}, scope.signal));
		} catch { /* the run is gone, which the head of the page tells */ }
	};
	scope.on("preview", e => { if (e.id === id) again(); });
	scope.on("metrics", e => {
		if (e.id !== id || !e.reset) return;
		forget(); // the run was trained anew
		previews.cache.clear();
		again();
	});
	let connected = false;
	scope.watch([id], () => {
		curves.fetch();
		if (connected) again();
		connected = true;
	});
}
