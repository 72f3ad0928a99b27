// Figures of a model and its process, each drawn when it is asked for.

import {blob, get} from "./api.js";
import {frame} from "./frame.js";
import {empty, h, problem, say} from "./dom.js";

// Figures that are cheap are drawn at once; the others wait for a click.
const cheap = new Set(["data", "forward", "schedule"]);

export async function show(place, params, scope) {
	const {detail, body} = await frame(place, params, scope);
	scope.watch([detail.run.id]);
	const {figures, command} = await get("/api/figures", {id: detail.run.id}, scope.signal);
	if (figures.length === 0) return body.append(empty("There are no figures of this run."));
	const how = ["Drawn from the newest checkpoint. The command ", h("code", {}, command), " writes all of them to files."];
	body.append(h("p", {class: "faint"}, how),
		h("div", {class: "figures"}, figures.map(f => card(f, scope))));
}

function card(f, scope) {
	const place = h("div", {class: "figure"});
	const draw = async () => {
		place.replaceChildren(h("p", {class: "faint", role: "status"}, "drawing …"));
		try {
			const url = URL.createObjectURL(await blob(f.url, scope.signal));
			scope.signal.addEventListener("abort", () => URL.revokeObjectURL(url));
			place.replaceChildren(h("a", {href: url, target: "_blank", title: "Open in full size"}, h("img", {src: url, alt: f.summary})));
			say(`${f.name} is drawn`);
		} catch (error) {
			if (error.name === "AbortError") return;
			const none = error.message.startsWith("there is no figure"); // it is of other kinds of data
			place.replaceChildren(none ? h("p", {class: "faint"}, error.message) : problem(error));
		}
	};
	place.append(h("button", {type: "button", onclick: draw}, "Draw"));
	if (cheap.has(f.name)) draw();
	return h("figure", {}, h("h3", {}, f.name.replaceAll("_", " ")), h("figcaption", {}, f.summary), place);
}
