// Samples by checkpoint: a slider over the steps at which a run drew some, from the same noise each time. Where the weights are
// averaged, samples of the raw weights are beside.

import {numbers, text} from "./api.js";
import {Picture, axesChoice, legend, reference, viewOf} from "./draw.js";
import {empty, h, problem, route, table, whole} from "./dom.js";

const speed = 450; // milliseconds per step when it plays

export class Previews {
	constructor(scope, detail) {
		Object.assign(this, {scope, detail, at: -1, timer: null, axes: [0, 1], cache: new Map()});
		this.slider = h("input", {type: "range", min: 0, step: 1, "aria-label": "Checkpoint", oninput: () => {
			this.stop();
			this.go(+this.slider.value);
		}});
		this.label = h("output", {class: "step"});
		this.button = h("button", {type: "button", class: "play", onclick: () => this.timer ? this.stop() : this.start()}, "▶ play");
		this.pictures = [new Picture("samples"), new Picture("samples of the raw weights")];
		this.holder = h("div", {class: "pair"}, this.pictures.map(p => p.element));
		this.rows = h("div", {class: "wide"});
		this.bar = h("div", {class: "slider"}, this.button, this.slider, this.label);
		this.element = h("div", {class: "previews"});
		scope.key(key => {
			const by = {ArrowLeft: -1, ArrowRight: 1}[key];
			if (!this.bar.isConnected || !by && key !== " ") return false;
			if (by) this.move(by);
			else this.button.click();
			return true;
		});
		scope.signal.addEventListener("abort", () => { this.stop(); this.pictures.forEach(p => p.end()); });
		this.update(detail);
	}

	// update takes what the server now has. The newest is shown if the newest was shown before.
	update(detail) {
		const last = this.at < 0 || this.at === this.list.length - 1;
		this.detail = detail;
		this.list = detail.previews;
		if (this.list.length === 0) return this.element.replaceChildren(this.nothing());
		if (!this.bar.isConnected || this.element.firstChild !== this.bar) {
			this.element.replaceChildren(this.bar, h("div", {class: "faint row"},
				this.detail.run.kind === "points" && axesChoice(detail.dim, null, axes => { this.axes = axes; this.draw(); }),
				this.detail.run.kind === "points" && legend(detail.takes_labels ? detail.classes : [])), this.holder, this.rows);
		}
		this.slider.max = this.list.length - 1;
		this.slider.disabled = this.list.length < 2;
		this.go(last ? this.list.length - 1 : Math.min(this.at, this.list.length - 1));
	}

	nothing() {
		if (this.detail.run.state === "running") return empty("The first samples come with the first checkpoint.");
		if (!this.detail.run.denoises) return empty("This run trains a classifier, which draws no samples.");
		const link = h("a", {href: route("play", this.detail.run.id)}, "playground");
		return empty(h("p", {}, "This run has drawn no samples while it trained: it ended before its first checkpoint, train.previews was 0, " +
			"or it is older than previews."),
			this.detail.checkpoints.length > 0 && h("p", {}, "Its checkpoints can draw some in the ", link, "."));
	}

	move(by) { if (this.list.length > 1) { this.stop(); this.go(Math.min(Math.max(this.at + by, 0), this.list.length - 1)); } }

	start() {
		if (this.list.length < 2) return;
		this.button.textContent = "❚❚ pause";
		if (this.at === this.list.length - 1) this.go(0);
		const tick = async () => {
			await this.drawing;
			if (!this.timer) return;
			if (this.at >= this.list.length - 1) return this.stop();
			this.go(this.at + 1);
			this.timer = setTimeout(tick, speed);
		};
		this.timer = setTimeout(tick, speed);
	}

	stop() {
		clearTimeout(this.timer);
		this.timer = null;
		this.button.textContent = "▶ play";
	}

	go(at) {
		this.at = at;
		this.slider.value = at;
		const p = this.list[at];
		this.label.textContent = `step ${whole(p.step)}`;
		this.slider.setAttribute("aria-valuetext", this.label.textContent);
		this.drawing = this.draw();
	}

	// fetch reads the samples of a step once.
	fetch(p) {
		const key = `${p.step}`;
		if (!this.cache.has(key)) {
			const type = this.detail.run.kind === "images" ? Uint8Array : Float32Array;
			const load = this.detail.run.kind === "table" ? text(p.samples).then(csv => ({csv}))
				: Promise.all([numbers(p.samples, type), numbers(p.raw, type), numbers(p.labels, Int32Array)])
					.then(([samples, raw, labels]) => ({samples, raw, labels}));
			this.cache.set(key, load.catch(error => { this.cache.delete(key); throw error; }));
			if (this.cache.size > 60) this.cache.delete(this.cache.keys().next().value);
		}
		return this.cache.get(key);
	}

	async draw() {
		const p = this.list[this.at];
		try {
			const got = await this.fetch(p);
			const {kind} = this.detail.run, data = kind === "points" && await this.data();
			if (this.list[this.at] !== p || this.scope.signal.aborted) return; // the slider has gone on
			const [first, second] = this.pictures, averaged = Boolean(got.raw);
			first.element.hidden = kind === "table";
			second.element.hidden = !averaged;
			this.rows.replaceChildren();
			if (kind === "table") this.rows.append(...tableOf(got.csv, p));
			else {
				this.paint(first, got.samples, got.labels, data);
				first.title(averaged ? "averaged weights, which the run samples with" : "samples");
				if (averaged) {
					this.paint(second, got.raw, got.labels, data);
					second.title("raw weights, from the same noise");
				}
			}
			this.element.dataset.step = p.step;
			const next = this.list[this.at + 1];
			if (next) this.fetch(next).catch(() => {});
		} catch (error) {
			if (error.name !== "AbortError") this.rows.replaceChildren(problem(error));
		}
	}

	data() {
		const url = "/api/data?" + new URLSearchParams({id: this.detail.run.id, part: "points"});
		return reference({points: url, labels: ""}, false).catch(() => null); // the data cannot be read: samples are shown alone
	}

	paint(picture, samples, labels, data) {
		const {kind} = this.detail.run, {dim, shape} = this.detail;
		if (kind === "images") return picture.images(samples, shape || square(samples));
		const d = dim || 2;
		const view = viewOf(data?.points || samples, d, this.axes, data ? 0 : 0.01);
		picture.points({points: samples, labels: this.detail.takes_labels ? labels : null, reference: data, dim: d, axes: this.axes, view});
	}
}

const square = pixels => [Math.sqrt(pixels.length), Math.sqrt(pixels.length), 1].map(Math.floor);

// tableOf shows the picture of a preview of a table, and its first rows.
function tableOf(csv, p) {
	const lines = csvRows(csv, 13);
	return [
		p.picture && h("img", {src: p.picture, alt: `columns at step ${p.step}`}),
		table(lines[0], lines.slice(1)),
	].filter(Boolean);
}

// csvRows reads the first rows of a CSV file, with quoted cells.
export function csvRows(text, most) {
	const rows = [[""]];
	let quoted = false;
	for (let i = 0; i < text.length; i++) {
		const c = text[i], row = rows[rows.length - 1];
		if (c === '"') {
			if (quoted && text[i + 1] === '"') row[row.length - 1] += text[++i];
			else quoted = !quoted;
		} else if (quoted || c !== "," && c !== "\n" && c !== "\r") row[row.length - 1] += c;
		else if (c === ",") row.push("");
		else if (c === "\n") {
			if (rows.length === most) break;
			rows.push([""]);
		}
	}
	if (rows[rows.length - 1].join("") === "") rows.pop();
	return rows;
}
