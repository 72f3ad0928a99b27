// Points and images on a canvas. Points are float32 rows of dim numbers; images are bytes, rows of height × width × channels.

import {css, dark, h, hues} from "./dom.js";
import {numbers} from "./api.js";

// Rows of data are the same for all samples of a run: they are fetched once.
const references = new Map();

// reference fetches the rows that the server names: {n, points, labels} with URLs.
export async function reference(r, isImages) {
	if (!r?.points) return null;
	if (!references.has(r.points)) {
		if (references.size > 3) references.delete(references.keys().next().value);
		references.set(r.points, Promise.all([numbers(r.points, isImages ? Uint8Array : Float32Array), numbers(r.labels, Int32Array)])
			.then(([points, labels]) => ({points, labels, n: r.n}))
			.catch(error => { references.delete(r.points); throw error; }));
	}
	return references.get(r.points);
}

// forget lets the rows be fetched again: a run was trained anew, perhaps on other data.
export const forget = () => references.clear();

// range is the least and the greatest of a coordinate, without the outermost part of the points where trim is given.
function range(points, dim, axis, trim) {
	const n = Math.floor(points.length / dim), list = new Float32Array(n);
	for (let i = 0; i < n; i++) list[i] = points[i * dim + axis];
	const finite = list.filter(Number.isFinite).sort();
	if (finite.length === 0) return [-1, 1];
	const cut = Math.floor(finite.length * (trim || 0));
	return [finite[cut], finite[finite.length - 1 - cut]];
}

// viewOf is the square that holds rows: {x, y, half}.
export function viewOf(points, dim, axes, trim) {
	const [x0, x1] = range(points, dim, axes[0], trim), [y0, y1] = dim > 1 ? range(points, dim, axes[1], trim) : [0, 1];
	return {x: (x0 + x1) / 2, y: (y0 + y1) / 2, half: 0.56 * Math.max(x1 - x0, y1 - y0, 1e-6)};
}

// Picture is a canvas with a caption, which draws again by day and by night.
export class Picture {
	constructor(label, size = 420) {
		this.canvas = h("canvas", {role: "img", "aria-label": label});
		this.caption = h("figcaption");
		this.element = h("figure", {class: "picture"}, this.canvas, this.caption);
		this.label = label;
		this.size = size;
		this.again = () => this.last?.();
		dark.addEventListener("change", this.again);
	}

	end() { dark.removeEventListener("change", this.again); }

	title(text) { this.caption.textContent = text; }

	// clear prepares a canvas of so many CSS pixels.
	clear(width, height) {
		const ratio = Math.min(devicePixelRatio || 1, 2), c = this.canvas;
		c.width = Math.round(width * ratio);
		c.height = Math.round(height * ratio);
		c.style.aspectRatio = `${width} / ${height}`;
		c.style.imageRendering = "auto";
		const g = c.getContext("2d");
		g.setTransform(ratio, 0, 0, ratio, 0, 0);
		g.fillStyle = css("picture");
		g.fillRect(0, 0, width, height);
		return g;
	}

	// points draws rows over pale rows of data. o: {points, labels, reference: {points, labels}, dim, axes: [i, j], view}.
	points(o) {
		this.last = () => this.points(o);
		if (o.dim === 1) return this.histogram(o);
		const size = this.size, g = this.clear(size, size), view = o.view;
		const scale = size / 2 / view.half, [i, j] = o.axes;
		const dots = (points, side, color) => {
			g.fillStyle = color;
			for (let at = 0; at < points.length; at += o.dim) {
				const x = size / 2 + (points[at + i] - view.x) * scale, y = size / 2 - (points[at + j] - view.y) * scale;
				if (x > -2 && y > -2 && x < size + 2 && y < size + 2) g.fillRect(x - side / 2, y - side / 2, side, side);
			}
		};
		if (o.reference?.points) {
			g.globalAlpha = 0.9;
			dots(o.reference.points, 2, css("pale"));
		}
		if (!o.points) return;
		const n = o.points.length / o.dim, side = n > 20000 ? 1.2 : n > 3000 ? 1.8 : 2.5;
		g.globalAlpha = n > 3000 ? 0.6 : 0.8;
		if (!o.labels) return dots(o.points, side, css("hue-0"));
		const groups = Array.from({length: hues}, () => []);
		for (let row = 0; row < n; row++) {
			groups[Math.max(o.labels[row], 0) % hues].push(...o.points.subarray(row * o.dim, (row + 1) * o.dim));
		}
		groups.forEach((points, hue) => dots(points, side, css("hue-" + hue)));
	}

	// histogram draws one coordinate: samples as a line over bars of the data.
	histogram(o) {
		const width = this.size, height = this.size / 2, g = this.clear(width, height), bins = 60;
		const low = o.view.x - o.view.half, step = 2 * o.view.half / bins;
		const shares = points => {
			const list = new Float64Array(bins);
			for (const v of points) {
				const at = Math.floor((v - low) / step);
				if (at >= 0 && at < bins) list[at] += 1 / points.length;
			}
			return list;
		};
		const data = shares(o.reference?.points || []), samples = shares(o.points || []);
		const most = Math.max(...data, ...samples), place = v => height - v / most * height * 0.92, wide = width / bins;
		g.fillStyle = css("pale");
		data.forEach((v, at) => g.fillRect(at * wide, place(v), wide - 1, height));
		g.strokeStyle = css("hue-0");
		g.lineWidth = 2;
		g.beginPath();
		samples.forEach((v, at) => { g.lineTo(at * wide, place(v)); g.lineTo((at + 1) * wide, place(v)); });
		g.stroke();
	}

	// images draws a grid. shape: [height, width, channels].
	images(pixels, shape, most = 144) {
		this.last = null;
		const [height, width, channels] = shape, size = height * width * channels;
		const n = Math.min(Math.floor(pixels.length / size), most);
		const columns = Math.max(Math.ceil(Math.sqrt(n)), 1), lines = Math.ceil(n / columns);
		const gap = 1, c = this.canvas;
		c.width = columns * (width + gap) - gap;
		c.height = Math.max(lines * (height + gap) - gap, 1);
		c.style.aspectRatio = `${c.width} / ${c.height}`;
		c.style.imageRendering = c.width > this.size ? "auto" : "pixelated"; // where it is made smaller, pixels would be left out
		const picture = new ImageData(c.width, c.height), out = picture.data;
		for (let i = 0; i < n; i++) {
			const left = i % columns * (width + gap), top = Math.floor(i / columns) * (height + gap);
			for (let p = 0; p < height * width; p++) {
				const to = 4 * ((top + Math.floor(p / width)) * c.width + left + p % width), from = i * size + p * channels;
				for (let k = 0; k < 3; k++) out[to + k] = pixels[from + (channels >= 3 ? k : 0)];
				out[to + 3] = 255;
			}
		}
		c.getContext("2d").putImageData(picture, 0, 0);
	}
}

// axesChoice lets a visitor choose two coordinates of rows that have more; null where there are two or fewer.
export function axesChoice(dim, names, change) {
	if (dim <= 2) return null;
	const list = () => {
		const s = h("select");
		for (let i = 0; i < dim; i++) s.append(h("option", {value: i}, names?.[i] || `coordinate ${i}`));
		return s;
	};
	const [x, y] = [list(), list()];
	y.value = 1;
	x.setAttribute("aria-label", "Across");
	y.setAttribute("aria-label", "Up");
	for (const s of [x, y]) s.addEventListener("change", () => change([+x.value, +y.value]));
	return h("span", {class: "axes"}, "across ", x, " up ", y);
}

// legend names the classes of each color.
export function legend(classes) {
	if (!classes?.length || classes.length > 12) return null;
	const colors = classes.slice(0, hues).map((_, hue) => classes.filter((_, i) => i % hues === hue).join(", ")); // each of one or two
	return h("span", {class: "legend"}, colors.map((names, hue) => h("span", {}, h("span", {class: `swatch hue-${hue}`}), names)));
}
