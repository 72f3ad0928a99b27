// Settings and files of a run: its configuration and what differs from the preset, the machine, its commands, its files, its log.

import {get} from "./api.js";
import {frame} from "./frame.js";
import {bytes, copyable, h, problem, table, whole} from "./dom.js";

export async function show(place, params, scope) {
	const {detail: d, body} = await frame(place, params, scope);
	scope.watch([params.id]);
	const section = (title, ...children) => h("section", {}, h("h2", {}, title), children);
	const differences = d.differences.map(c => [c.path, c.value, c.base]);
	const checkpoints = d.checkpoints.map(c => [c.best ? "best" : c.name, whole(c.step), c.loss == null ? "" : c.loss.toPrecision(4)]);
	const files = d.files.map(f => [f.url ? h("a", {href: f.url, target: "_blank"}, f.path) : f.path, bytes(f.bytes)]);
	const log = h("div");
	const read = d.run.state !== "damaged"; // its configuration
	body.append(...[
		read && section(d.base_name ? `Differences from the preset ${d.base_name}` : "Differences from a preset",
			differences.length === 0 ? h("p", {class: "faint"}, "There are none.") : wide(["key", "here", "preset"], differences),
			d.command && [h("h3", {}, "Train the same again"), copyable(d.command)], [h("h3", {}, "Go on with it"), copyable(d.resume)]),
		log,
		section("Checkpoints", checkpoints.length === 0 ? h("p", {class: "faint"}, "There are none yet.")
			: wide(["checkpoint", "step", "loss"], checkpoints)),
		section("Machine", machine(d.environment)),
		section("Files", wide(["file", "size"], files)),
		read && section("Configuration", h("pre", {class: "yaml"}, h("code", {}, d.config))),
	].filter(Boolean));
	if (!d.run.mine && d.run.state !== "failed") return;
	try {
		const {lines} = await get("/api/log", {id: params.id}, scope.signal);
		if (lines.length) log.append(section("Messages of its process", h("pre", {}, h("code", {}, lines.join("\n")))));
	} catch (error) {
		if (error.name !== "AbortError") log.append(problem(error));
	}
}

const wide = (heads, rows) => h("div", {class: "wide"}, table(heads, rows));

function machine(e) {
	if (!e) return h("p", {class: "faint"}, "The run tells nothing about its machine: it has no environment.json.");
	const time = t => t ? new Date(t).toLocaleString() : "not ended";
	return [
		h("p", {}, [`euryale ${e.version} ${e.commit?.slice(0, 12) || ""}`.trim(), e.go, `${e.os}/${e.arch}`, e.processor, `${e.cores} cores`,
			`kernel ${e.kernel}`].join(", ")),
		wide(["session", "ended", "steps", "workers", "command"], (e.sessions || []).map(s => [
			time(s.started), time(s.ended), `${whole(s.from_step)} to ${whole(s.to_step)}`, s.workers, h("code", {}, (s.command || []).join(" ")),
		])),
	];
}
