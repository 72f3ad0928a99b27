// The reverse process: samples on their way from noise, beside what the net expects them to become.

import {numbers, run} from "./api.js";
import {Controls} from "./controls.js";
import {Picture, axesChoice, legend, reference, viewOf} from "./draw.js";
import {frame, waitForCheckpoint, without} from "./frame.js";
import {check, copyable, h, problem, whole} from "./dom.js";

const frames = 41, speed = 80; // frames that are asked for; milliseconds of each when it plays

export async function show(place, params, scope) {
	const {detail, body} = await frame(place, params, scope);
	const nothing = without(detail);
	if (nothing) {
		body.append(nothing);
		return waitForCheckpoint(scope, detail);
	}
	scope.watch([detail.run.id]);
	const view = new Process(scope, detail);
	body.append(view.element);
	view.sample(view.controls.wish());
}

class Process {
	constructor(scope, detail) {
		Object.assign(this, {scope, detail, axes: [0, 1], frames: [], at: 0, timer: null, running: null, follow: true});
		this.controls = new Controls(detail, wish => this.sample(wish), {n: detail.run.kind === "images" ? 36 : 2000,
			only: ["solver", "steps", "spacing", "label", "guidance", "seed", "n", "checkpoint", "weights"]});
		this.slider = h("input", {type: "range", min: 0, max: 0, step: 1, disabled: true, "aria-label": "Time of the process", oninput: () => {
			this.stop();
			this.go(+this.slider.value);
		}});
		this.label = h("output", {class: "step"});
		const press = () => this.timer ? this.stop() : this.play();
		this.button = h("button", {type: "button", class: "play", disabled: true, onclick: press}, "▶ play");
		this.noisy = new Picture("noisy samples");
		this.expected = new Picture("expected data");
		this.noisy.title("x at this time");
		this.expected.title("what the net expects x to become (x̂₀)");
		this.notes = h("div");
		this.command = h("div");
		this.element = h("div", {class: "play"}, this.controls.element, h("div", {class: "result"}, this.notes,
			h("div", {class: "slider"}, this.button, this.slider, this.label),
			h("div", {class: "pair"}, this.noisy.element, this.expected.element),
			detail.run.kind === "points" && h("div", {class: "faint row"},
				check("follow the scale of the noise", true, on => { this.follow = on; this.draw(); }),
				axesChoice(detail.dim, detail.columns, axes => { this.axes = axes; this.draw(); }),
				this.colors = h("span")),
			this.command));
		scope.key(key => {
			const by = {ArrowLeft: -1, ArrowRight: 1}[key];
			if (this.frames.length === 0 || !by && key !== " ") return false;
			if (by) { this.stop(); this.go(this.at + by); }
			else this.button.click();
			return true;
		});
		scope.signal.addEventListener("abort", () => { this.running?.abort(); this.stop(); this.noisy.end(); this.expected.end(); });
	}

	async sample(wish) {
		this.running?.abort();
		const mine = this.running = new AbortController();
		this.stop();
		this.notes.replaceChildren();
		this.label.textContent = "sampling …";
		const images = this.detail.run.kind === "images", type = images ? Uint8Array : Float32Array;
		try {
			const progress = j => { if (j.total) this.label.textContent = `${whole(j.done)} of ${whole(j.total)}`; };
			const result = await run("/api/sample", {...wish, frames, denoised: true}, progress, mine.signal);
			const got = await Promise.all(result.frames.map(async f => ({
				title: f.title, points: await numbers(f.points, type, mine.signal), denoised: await numbers(f.denoised, type, mine.signal),
			})));
			const labels = await numbers(result.labels, Int32Array, mine.signal);
			const data = images ? null : await reference(result.reference, false).catch(() => null); // the frames are shown without
			if (mine !== this.running) return;
			Object.assign(this, {frames: got, result, labels, data});
			this.views = images ? null : this.measure();
			this.slider.max = got.length - 1;
			this.slider.disabled = this.button.disabled = got.length < 2;
			this.command.replaceChildren(h("h3", {}, "The same samples by a command"), copyable(result.command));
			this.element.dataset.frames = got.length;
			this.go(0);
			this.play();
		} catch (error) {
			if (mine !== this.running || error.name === "AbortError") return;
			this.label.textContent = "";
			this.notes.replaceChildren(problem(error));
		}
	}

	// measure finds the part of the plane that each frame takes, never less than that of the data.
	measure() {
		const data = viewOf(this.data?.points || this.frames[this.frames.length - 1].points, this.result.dim, this.axes, this.data ? 0 : 0.01);
		this.measured = this.axes;
		return this.frames.map(f => {
			const v = viewOf(f.points, this.result.dim, this.axes, 0.004);
			return {...data, half: Math.max(data.half, Math.abs(v.x - data.x) + v.half, Math.abs(v.y - data.y) + v.half)};
		}).concat(data);
	}

	play() {
		if (this.at === this.frames.length - 1) this.go(0);
		this.button.textContent = "❚❚ pause";
		this.timer = setInterval(() => {
			if (this.at >= this.frames.length - 1) this.stop();
			else this.go(this.at + 1);
		}, speed);
	}

	stop() {
		clearInterval(this.timer);
		this.timer = null;
		this.button.textContent = "▶ play";
	}

	go(at) {
		this.at = Math.min(Math.max(at, 0), this.frames.length - 1);
		this.slider.value = this.at;
		this.label.textContent = this.frames[this.at].title;
		this.slider.setAttribute("aria-valuetext", this.frames[this.at].title);
		this.draw();
	}

	draw() {
		const f = this.frames[this.at];
		if (!f) return;
		const classes = this.detail.takes_labels && this.labels?.some(l => l >= 0) ? this.labels : null;
		this.colors?.replaceChildren(classes && legend(this.detail.classes) || "");
		if (this.result.kind === "images") {
			this.noisy.images(f.points, this.result.shape);
			this.expected.images(f.denoised, this.result.shape);
			return;
		}
		if (this.measured !== this.axes) this.views = this.measure();
		const fixed = this.views[this.views.length - 1];
		const o = {labels: classes, reference: this.data, dim: this.result.dim, axes: this.axes};
		this.noisy.points({...o, points: f.points, view: this.follow ? this.views[this.at] : fixed});
		this.expected.points({...o, points: f.denoised, view: fixed});
	}
}
