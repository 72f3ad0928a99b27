package kernel

import "math"

// Attention lets the pixels of an image attend to each other (Vaswani et al. 2017): qkv [images·pixels, 3·C] holds the queries
// Q, the keys K and the values V of each pixel, in this order, and dst [images·pixels, C] is, per image and per head with its
// c = C/heads columns of each,
//
//	softmax(Q·Kᵀ/√c)·V
//
// with the softmax over the pixels that are attended to. The bits of an image do not depend on the other images of the call.
func Attention(ws *Workspace, dst, qkv Matrix, pixels, heads int) {
	const function = "Attention"
	images, width, scale := checkAttention(function, qkv, pixels, heads)
	checkHeads(function, "dst", dst, qkv.Rows, qkv.Cols/3)
	for i := range images * heads {
		a := newHead(qkv, i, pixels, width)
		for from := 0; from < pixels; from += attentionRows {
			end := min(from+attentionRows, pixels)
			p := ws.scores(0, end-from, pixels)
			MatMulTB(ws, p, a.q.RowRange(from, end), a.k, nil)
			softmaxRows(p, scale)
			MatMul(ws, headOf(dst, i, pixels, width).RowRange(from, end), p, a.v, nil)
		}
	}
}

// AttentionTangent is dst = J·t, with the Jacobian J of Attention at qkv.
func AttentionTangent(ws *Workspace, dst, qkv, t Matrix, pixels, heads int) {
	const function = "AttentionTangent"
	images, width, scale := checkAttention(function, qkv, pixels, heads)
	checkHeads(function, "dst", dst, qkv.Rows, qkv.Cols/3)
	checkHeads(function, "t", t, qkv.Rows, qkv.Cols)
	for i := range images * heads {
		a, b := newHead(qkv, i, pixels, width), newHead(t, i, pixels, width)
		for from := 0; from < pixels; from += attentionRows {
			end := min(from+attentionRows, pixels)
			p, dp := ws.scores(0, end-from, pixels), ws.scores(1, end-from, pixels)
			MatMulTB(ws, p, a.q.RowRange(from, end), a.k, nil)
			softmaxRows(p, scale)
			MatMulTB(ws, dp, b.q.RowRange(from, end), a.k, nil)
			MatMulTB(ws, dp, a.q.RowRange(from, end), b.k, &Epilogue{Accumulate: true})
			softmaxSlope(dp, p, scale)
			to := headOf(dst, i, pixels, width).RowRange(from, end)
			MatMul(ws, to, p, b.v, nil)
			MatMul(ws, to, dp, a.v, &Epilogue{Accumulate: true})
		}
	}
}

// AttentionGradient is dqkv = Jᵀ·d, with the Jacobian J of Attention at qkv and the gradient d [images·pixels, C] of its result;
// with accumulate, it is added to dqkv. It computes the softmax P again:
//
//	dV = Pᵀ·d   dP = d·Vᵀ   dS = P∘(dP − rowsum(P∘dP))/√c   dQ = dS·K   dK = dSᵀ·Q
func AttentionGradient(ws *Workspace, dqkv, qkv, d Matrix, pixels, heads int, accumulate bool) {
	const function = "AttentionGradient"
	images, width, scale := checkAttention(function, qkv, pixels, heads)
	checkHeads(function, "dqkv", dqkv, qkv.Rows, qkv.Cols)
	checkHeads(function, "d", d, qkv.Rows, qkv.Cols/3)
	for i := range images * heads {
		a, b, all := newHead(qkv, i, pixels, width), newHead(dqkv, i, pixels, width), headOf(d, i, pixels, width)
		for from := 0; from < pixels; from += attentionRows {
			end := min(from+attentionRows, pixels)
			p, dp := ws.scores(0, end-from, pixels), ws.scores(1, end-from, pixels)
			q, part := a.q.RowRange(from, end), all.RowRange(from, end)
			MatMulTB(ws, p, q, a.k, nil)
			softmaxRows(p, scale)
			MatMulTB(ws, dp, part, a.v, nil)
			sum := &Epilogue{Accumulate: accumulate || from > 0}
			MatMulTA(ws, b.v, p, part, sum)
			softmaxSlope(dp, p, scale)
			MatMul(ws, b.q.RowRange(from, end), dp, a.k, &Epilogue{Accumulate: accumulate})
			MatMulTA(ws, b.k, dp, q, sum)
		}
	}
}

// attentionRows is the number of queries that are computed together. It is part of the result: AttentionGradient rounds its
// sums over queries between blocks.
const attentionRows = 64

// head is the queries, keys and values of a head in an image, [pixels, width] each.
type head struct{ q, k, v Matrix }

// newHead returns head i of an activation [images·pixels, 3·C], counted over images and heads.
func newHead(m Matrix, i, pixels, width int) head {
	c := m.Cols / 3
	return head{
		headOf(m.ColRange(0, c), i, pixels, width),
		headOf(m.ColRange(c, 2*c), i, pixels, width),
		headOf(m.ColRange(2*c, 3*c), i, pixels, width),
	}
}

func headOf(m Matrix, i, pixels, width int) Matrix {
	heads := m.Cols / width
	from := i % heads * width
	return m.image(i/heads, pixels).ColRange(from, from+width)
}

// scores is one of two matrices for the scores of a block of queries. Its rows start on cache lines: a load from the start of a
// row does not wait for the masked store at the end of the one before.
func (w *Workspace) scores(i, rows, cols int) Matrix {
	stride := (cols + 15) &^ 15
	return Matrix{Data: w.attention[i].grow(rows * stride), Rows: rows, Cols: cols, Stride: stride}
}

func checkAttention(function string, qkv Matrix, pixels, heads int) (images, width int, scale float32) {
	qkv.check(function, "qkv")
	if heads < 1 || qkv.Cols < 3 || qkv.Cols%(3*heads) != 0 {
		panicShapes(function, "qkv [%d, %d] for %d heads", qkv.Rows, qkv.Cols, heads)
	}
	width = qkv.Cols / (3 * heads)
	return qkv.images(function, pixels), width, float32(1 / math.Sqrt(float64(width)))
}

func checkHeads(function, name string, m Matrix, rows, cols int) {
	m.check(function, name)
	if m.Rows != rows || m.Cols != cols {
		panicShapes(function, name+" [%d, %d], expected [%d, %d]", m.Rows, m.Cols, rows, cols)
	}
}
