// The playground: samples of a checkpoint, drawn again with each change of a setting.

import {numbers, run} from "./api.js";
import {Controls} from "./controls.js";
import {Picture, axesChoice, legend, reference, viewOf} from "./draw.js";
import {frame, waitForCheckpoint, without} from "./frame.js";
import {copyable, doing, h, problem, say, seconds, short, whole} from "./dom.js";
import {histograms, rowsTable} from "./bars.js";

const mostMeasured = 2000; // rows: the server takes as many for a distance

export async function show(place, params, scope) {
	const {detail, body} = await frame(place, params, scope);
	const nothing = without(detail);
	if (nothing) {
		body.append(nothing);
		return waitForCheckpoint(scope, detail);
	}
	scope.watch([detail.run.id]);
	const view = new Play(scope, detail);
	body.append(view.element);
	view.sample(view.controls.wish());
}

class Play {
	constructor(scope, detail) {
		Object.assign(this, {scope, detail, axes: [0, 1], last: null, running: null});
		this.controls = new Controls(detail, wish => this.sample(wish));
		this.picture = new Picture("samples", 560);
		this.facts = h("dl", {class: "facts"});
		this.notes = h("div");
		this.command = h("div");
		this.table = h("div");
		this.kept = h("div", {class: "kept"});
		this.bar = h("progress", {max: 1, value: 0, "aria-label": "Sampling"});
		this.state = h("span", {class: "faint", role: "status"});
		const isTable = detail.run.kind === "table";
		this.keep = h("button", {type: "button", onclick: () => this.pin()}, "Keep this picture");
		const shown = !isTable && h("div", {}, this.picture.element,
			h("div", {class: "faint row"}, detail.run.kind === "points" && [
				h("span", {}, h("span", {class: "swatch pale"}), "data"),
				this.colors = h("span"),
				axesChoice(detail.dim, detail.columns, axes => { this.axes = axes; this.draw(); }),
			], this.keep));
		this.element = h("div", {class: "play"}, this.controls.element, h("div", {class: "result"},
			h("div", {class: "status"}, this.state, this.bar), this.notes,
			h("div", {class: isTable ? "" : "split"}, shown, h("div", {}, this.facts, this.command)), this.table, this.kept));
		scope.signal.addEventListener("abort", () => { this.running?.abort(); this.picture.end(); });
	}

	// sample asks for samples, and ends what was asked for before.
	async sample(wish) {
		this.running?.abort();
		const mine = this.running = new AbortController(), begin = performance.now();
		const points = this.detail.run.kind === "points";
		this.state.textContent = "sampling …";
		this.bar.classList.add("on");
		this.bar.removeAttribute("value");
		try {
			const result = await run("/api/sample", wish, j => this.progress(mine, j), mine.signal);
			const type = this.detail.run.kind === "images" ? Uint8Array : Float32Array;
			const [samples, labels, data] = await Promise.all([
				numbers(result.points, type, mine.signal), numbers(result.labels, Int32Array, mine.signal),
				points ? reference(result.reference, false).catch(() => null) : null,
			]);
			if (mine !== this.running) return;
			this.last = {result, samples, labels, data};
			this.notes.replaceChildren(...(result.notes || []).map(n => h("div", {class: "notes"}, n)));
			this.draw();
			this.tell(result, (performance.now() - begin) / 1000);
			if (points) await this.measure(mine, wish);
		} catch (error) {
			if (mine !== this.running || error.name === "AbortError") return;
			this.notes.replaceChildren(problem(error));
			this.state.textContent = "";
		} finally {
			if (mine === this.running) this.bar.classList.remove("on");
		}
	}

	// measure finds the distance of the first rows from the data, once things are quiet: the picture does not wait for it.
	async measure(mine, wish) {
		await new Promise(done => setTimeout(done, 300));
		if (mine !== this.running || mine.signal.aborted) return;
		const {distance} = await run("/api/sample", {...wish, n: Math.min(wish.n, mostMeasured), distance: true}, null, mine.signal);
		if (mine !== this.running) return;
		this.last.result.distance = distance;
		this.away.textContent = distance ? `${short(distance.sliced_w1)} (floor ${short(distance.floor)})` : "–";
	}

	progress(mine, j) {
		if (mine !== this.running) return;
		this.state.textContent = doing(j, "sampling");
		if (j.total) this.bar.value = j.done / j.total;
	}

	draw() {
		if (!this.last) return;
		const {result, samples, labels, data} = this.last;
		const classes = this.detail.takes_labels && labels?.some(l => l >= 0) ? labels : null;
		this.colors?.replaceChildren(classes && legend(this.detail.classes) || h("span", {}, h("span", {class: "swatch hue-0"}), "samples"));
		if (result.kind === "images") this.picture.images(samples, result.shape, result.n);
		else if (result.kind === "points") {
			const view = viewOf(data?.points || samples, result.dim, this.axes, data ? 0 : 0.005);
			this.picture.points({points: samples, labels: classes, reference: data, dim: result.dim, axes: this.axes, view});
		} else {
			const rows = rowsTable(result.columns, result.rows, 50);
			this.table.replaceChildren(histograms(result.histograms || []), h("h3", {}, "The first rows"), rows);
		}
		const s = result.settings || {};
		const one = s.label >= 0 && `class ${this.detail.classes[s.label]}`, guided = s.guidance && `guidance ${short(s.guidance)}`;
		this.title = result.kind === "table" ? ""
			: [s.solver, `NFE ${short(result.nfe ?? s.steps)}`, one, guided, `seed ${s.seed}`].filter(Boolean).join(", ");
		this.picture.title(this.title);
		this.picture.canvas.setAttribute("aria-label", `${result.n} samples: ${this.title}`);
		this.element.dataset.drawn = `${Number(this.element.dataset.drawn?.split(" ")[0] || 0) + 1} ${s.solver || ""}`;
	}

	tell(r, total) {
		this.bar.classList.remove("on");
		const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
		const weights = !this.detail.sampling.averaged ? "" : r.averaged ? ", averaged weights" : ", raw weights";
		this.state.textContent = this.weights = `step ${whole(r.step)}${weights}`;
		this.facts.replaceChildren(...[
			fact("time to sample", seconds(r.seconds)), fact("with everything", seconds(total)),
			r.nfe != null && fact("NFE per sample", short(r.nfe)), fact("samples", whole(r.n)),
			this.detail.run.kind === "points" && fact("sliced W1 to the data", this.away = h("span", {}, "…")),
		].filter(Boolean));
		this.command.replaceChildren(h("h3", {}, "The same samples by a command"), copyable(r.command));
		say(`${r.n} samples drawn`);
	}

	// pin keeps a copy of the picture, to compare the next with.
	pin() {
		if (!this.last) return;
		const from = this.picture.canvas, copy = h("canvas", {width: from.width, height: from.height, role: "img", "aria-label": this.title});
		copy.getContext("2d").drawImage(from, 0, 0);
		copy.style.imageRendering = from.style.imageRendering;
		copy.style.aspectRatio = from.style.aspectRatio;
		const d = this.last.result.distance;
		const element = h("figure", {class: "picture"}, copy, h("figcaption", {}, `${this.title}, ${this.weights}`,
			d && `, sliced W1 ${short(d.sliced_w1)}`, " ",
			h("button", {type: "button", onclick: () => element.remove()}, "remove")));
		this.kept.prepend(element);
		while (this.kept.children.length > 6) this.kept.lastChild.remove();
	}
}
