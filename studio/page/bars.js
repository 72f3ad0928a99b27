// Columns of tables: bars of the shares of real and synthetic rows, and rows as they are.

import {h, short, table} from "./dom.js";

const space = "http://www.w3.org/2000/svg";

function svg(tag, attributes, ...children) {
	const element = document.createElementNS(space, tag);
	for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
	element.append(...children);
	return element;
}

const percent = v => `${(100 * v).toFixed(1)}%`;

// histogram is the picture of one column.
function histogram(c) {
	const n = c.real.length, width = 300, height = 110, most = Math.max(...c.real, ...c.synthetic, 1e-9), wide = width / Math.max(n, 1);
	const numeric = Boolean(c.edges);
	const picture = svg("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${c.name}: shares of real and synthetic rows`});
	for (let i = 0; i < n; i++) {
		const name = numeric ? `${short(c.edges[i])} to ${short(c.edges[i + 1])}` : c.categories[i];
		const bar = (share, left, side, kind) => {
			const tall = height * 0.96 * share / most;
			return svg("rect", {x: left, y: height - tall, width: Math.max(side, 0.5), height: tall, class: kind});
		};
		const title = svg("title", {}, `${name}: real ${percent(c.real[i])}, synthetic ${percent(c.synthetic[i])}`);
		const gap = Math.min(wide * 0.12, 3), half = (wide - gap) / 2;
		picture.append(svg("g", {}, title, svg("rect", {x: i * wide, y: 0, width: wide, height, class: "hit"}),
			bar(c.real[i], i * wide + gap / 2, half, "real"), bar(c.synthetic[i], i * wide + gap / 2 + half, half, "synthetic")));
	}
	const ends = numeric ? [short(c.edges[0]), short(c.edges[n])] : null;
	const categories = !numeric && n <= 12 && c.categories.map(x => h("span", {title: x}, x));
	return h("figure", {class: "histogram"}, h("h3", {}, c.name), picture,
		h("div", {class: numeric ? "ends" : "names"}, ends ? ends.map(e => h("span", {}, e)) : categories || `${n} categories`),
		c.missing?.some(v => v > 0) && h("figcaption", {}, `missing: real ${percent(c.missing[0])}, synthetic ${percent(c.missing[1])}`));
}

// histograms are the pictures of all columns.
export function histograms(list) {
	if (list.length === 0) return h("p", {class: "faint"}, "The data of the run cannot be read: there is nothing to compare the rows with.");
	const colors = ["real", "synthetic"].map(kind => h("span", {}, h("span", {class: "swatch " + kind}), kind));
	return h("div", {}, h("p", {class: "legend"}, colors),
		h("div", {class: "histograms"}, list.map(histogram)));
}

// rowsTable shows rows of a table as they are.
export function rowsTable(columns, rows, most) {
	return h("div", {class: "wide", tabindex: 0, role: "region", "aria-label": "Rows"}, table(columns, rows.slice(0, most)));
}
