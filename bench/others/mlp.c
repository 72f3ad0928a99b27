// The training step of the S-curve DDPM in plain C with OpenBLAS, timed for `go run ./bench`. The products of two wide
// factors are OpenBLAS's; the layers with two inputs or outputs and everything else are loops that the
// compiler vectorizes. Prints one line of JSON.
#include <cblas.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIM = 2, LAYERS = 3, MOST = 1 << 20 };

static int batch = 128, H = 128, T = 100, points = 10000;
static double seconds = 1;

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static float *floats(size_t n) {
	void *p = NULL;
	if (posix_memalign(&p, 64, (n * sizeof(float) + 63) / 64 * 64)) exit(1);
	memset(p, 0, n * sizeof(float));
	return p;
}

// xorshift64*, a stream for everything.
static uint64_t state = 88172645463325252ull;
static inline uint64_t next(void) {
	state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
	return state * 2685821657736338717ull;
}
static inline float uniform(void) { return ((next() >> 40) + 0.5f) * 0x1p-24f; }

// Box and Muller, in loops that the compiler turns into vectors.
static void normal(float *x, int n) {
	static float u[4096], v[4096];
	for (int at = 0; at < n; at += 2 * 4096) {
		int half = (n - at + 1) / 2 < 4096 ? (n - at + 1) / 2 : 4096;
		for (int i = 0; i < half; i++) u[i] = uniform(), v[i] = uniform();
		for (int i = 0; i < half; i++) {
			float r = sqrtf(-2 * logf(u[i]));
			u[i] = r * cosf(6.2831853f * v[i]), v[i] = r * sinf(6.2831853f * v[i]);
		}
		memcpy(x + at, u, half * sizeof(float));
		memcpy(x + at + half, v, (n - at - half < half ? n - at - half : half) * sizeof(float));
	}
}

// Parameters in one piece; W[0] is [2, H], W[1] and W[2] are [H, H] (input, output), W[3] is [2, H] (output, input).
typedef struct { float *W[LAYERS + 1], *b[LAYERS + 1], *E[LAYERS]; } net;

static size_t place(net *n, float *at) {
	float *start = at;
	for (int l = 0; l <= LAYERS; l++) {
		n->W[l] = at, at += (l == 0 || l == LAYERS) ? DIM * H : (size_t)H * H;
		n->b[l] = at, at += l == LAYERS ? 16 : H;
	}
	for (int l = 0; l < LAYERS; l++) n->E[l] = at, at += (size_t)T * H;
	return at - start;
}

static float *weights, *gradient, *m1, *m2, *data, *x, *eps, *out, *h[LAYERS], *d[2], *root_ab, *root_1ab;
static int32_t *t, *order;
static size_t size;
static net w, g;
static long step_number;

static void forward(int rows) {
	for (int i = 0; i < rows; i++) {
		const float *e = w.E[0] + (size_t)t[i] * H, x0 = x[2 * i], x1 = x[2 * i + 1];
		float *y = h[0] + (size_t)i * H;
		for (int j = 0; j < H; j++) y[j] = fmaxf(0, x0 * w.W[0][j] + x1 * w.W[0][H + j] + w.b[0][j] + e[j]);
	}
	for (int l = 1; l < LAYERS; l++) {
		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, H, H, 1, h[l - 1], H, w.W[l], H, 0, h[l], H);
		for (int i = 0; i < rows; i++) {
			const float *e = w.E[l] + (size_t)t[i] * H;
			float *y = h[l] + (size_t)i * H;
			for (int j = 0; j < H; j++) y[j] = fmaxf(0, y[j] + w.b[l][j] + e[j]);
		}
	}
	for (int i = 0; i < rows; i++) {
		const float *y = h[LAYERS - 1] + (size_t)i * H, *W = w.W[LAYERS];
		float a = 0, b = 0;
		for (int j = 0; j < H; j++) a += y[j] * W[j], b += y[j] * W[H + j];
		out[2 * i] = a + w.b[LAYERS][0], out[2 * i + 1] = b + w.b[LAYERS][1];
	}
}

static float backward(int rows) {
	float loss = 0, mean = 1.0f / (rows * DIM);
	memset(gradient, 0, size * sizeof(float));
	float *now_d = d[0], *before = d[1];
	for (int i = 0; i < rows; i++) {
		float a = out[2 * i] - eps[2 * i], b = out[2 * i + 1] - eps[2 * i + 1];
		loss += (a * a + b * b) * mean;
		a *= 2 * mean, b *= 2 * mean;
		g.b[LAYERS][0] += a, g.b[LAYERS][1] += b;
		const float *y = h[LAYERS - 1] + (size_t)i * H, *W = w.W[LAYERS];
		float *gW = g.W[LAYERS], *dy = now_d + (size_t)i * H;
		for (int j = 0; j < H; j++) {
			gW[j] += a * y[j], gW[H + j] += b * y[j];
			dy[j] = y[j] > 0 ? a * W[j] + b * W[H + j] : 0;
		}
	}
	for (int l = LAYERS - 1; l >= 0; l--) {
		for (int i = 0; i < rows; i++) {
			const float *dy = now_d + (size_t)i * H;
			float *gb = g.b[l], *gE = g.E[l] + (size_t)t[i] * H;
			for (int j = 0; j < H; j++) gb[j] += dy[j], gE[j] += dy[j];
			if (l == 0) {
				float x0 = x[2 * i], x1 = x[2 * i + 1];
				for (int j = 0; j < H; j++) g.W[0][j] += x0 * dy[j], g.W[0][H + j] += x1 * dy[j];
			}
		}
		if (l == 0) break;
		cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, H, H, rows, 1, h[l - 1], H, now_d, H, 0, g.W[l], H);
		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, H, H, 1, now_d, H, w.W[l], H, 0, before, H);
		for (size_t i = 0; i < (size_t)rows * H; i++) before[i] = h[l - 1][i] > 0 ? before[i] : 0;
		float *swap = now_d;
		now_d = before, before = swap;
	}
	return loss;
}

static void adam(void) {
	double sum = 0;
	for (size_t lo = 0; lo < size; lo += 4096) {
		size_t hi = lo + 4096 < size ? lo + 4096 : size;
		float part = 0;
		for (size_t i = lo; i < hi; i++) part += gradient[i] * gradient[i];
		sum += part;
	}
	float clip = fmin(1, 1 / (sqrt(sum) + 1e-6)), beta1 = 0.9f, beta2 = 0.999f;
	step_number++;
	float rate = 1e-3 / (1 - pow(0.9, step_number)), root = 1 / sqrt(1 - pow(0.999, step_number));
	for (size_t i = 0; i < size; i++) {
		float v = gradient[i] * clip;
		m1[i] = beta1 * m1[i] + (1 - beta1) * v;
		m2[i] = beta2 * m2[i] + (1 - beta2) * v * v;
		weights[i] -= rate * m1[i] / (sqrtf(m2[i]) * root + 1e-8f);
	}
}

static int offset;

// step returns the rows of its batch.
static int step(float *loss) {
	if (offset >= points) offset = 0;
	if (offset == 0)
		for (int i = points - 1; i > 0; i--) {
			int j = (int)(((next() >> 32) * (uint64_t)(i + 1)) >> 32), swap = order[i];
			order[i] = order[j], order[j] = swap;
		}
	int rows = points - offset < batch ? points - offset : batch, half = (rows + 1) / 2;
	normal(eps, rows * DIM);
	for (int i = 0; i < rows; i++) {
		t[i] = i < half ? (int32_t)(((next() >> 32) * (uint64_t)T) >> 32) : T - 1 - t[i - half];
		const float *p = data + (size_t)order[offset + i] * DIM, a = root_ab[t[i]], b = root_1ab[t[i]];
		for (int k = 0; k < DIM; k++) x[DIM * i + k] = a * p[k] + b * eps[DIM * i + k];
	}
	offset += rows;
	forward(rows);
	*loss = backward(rows);
	adam();
	return rows;
}

static int compare(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int count, char **arguments) {
	for (int i = 1; i + 1 < count; i += 2) {
		const char *key = arguments[i], *value = arguments[i + 1];
		if (!strcmp(key, "--batch")) batch = atoi(value);
		if (!strcmp(key, "--width")) H = atoi(value);
		if (!strcmp(key, "--timesteps")) T = atoi(value);
		if (!strcmp(key, "--points")) points = atoi(value);
		if (!strcmp(key, "--seconds")) seconds = atof(value);
	}
	net sizes;
	size = place(&sizes, NULL);
	weights = floats(size), gradient = floats(size), m1 = floats(size), m2 = floats(size);
	place(&w, weights), place(&g, gradient);
	for (int l = 0; l <= LAYERS; l++) {
		float bound = 1 / sqrtf(l ? H : DIM);
		for (float *p = w.W[l], *end = l < LAYERS ? w.b[l] + H : w.b[l] + DIM; p < end; p++) *p = bound * (2 * uniform() - 1);
	}
	normal(w.E[0], LAYERS * T * H);
	data = floats((size_t)points * DIM), order = malloc(points * sizeof *order), t = malloc(batch * sizeof *t);
	x = floats(batch * DIM), eps = floats(batch * DIM), out = floats(batch * DIM);
	for (int l = 0; l < LAYERS; l++) h[l] = floats((size_t)batch * H);
	d[0] = floats((size_t)batch * H), d[1] = floats((size_t)batch * H);
	for (int i = 0; i < points; i++) {
		float angle = 3 * 3.14159265f * (uniform() - 0.5f);
		order[i] = i;
		data[2 * i] = 0.1f * sinf(angle), data[2 * i + 1] = 0.1f * copysignf(1, angle) * (cosf(angle) - 1);
	}
	root_ab = floats(T), root_1ab = floats(T);
	double product = 1;
	for (int i = 0; i < T; i++) {
		product *= 1 - (1e-5 + (0.5e-2 - 1e-5) / (1 + exp(6 - 12.0 * i / (T - 1))));
		root_ab[i] = sqrt(product), root_1ab[i] = sqrt(1 - product);
	}

	double *times = malloc(MOST * sizeof *times), total = 0, first = now();
	float loss = 0;
	int n = 0, warm = 0;
	while (warm < 3 || now() < first + 0.3 * seconds) step(&loss), warm++;
	first = now();
	while (n < MOST && (n < 10 || now() < first + seconds)) {
		double start = now();
		if (step(&loss) == batch) times[n] = 1e3 * (now() - start), total += times[n], n++;
	}
	if (!(loss > 0 && loss < 10)) return fprintf(stderr, "the loss is %g\n", loss), 1;
	qsort(times, n, sizeof *times, compare);
	printf("{\"ms\": %.6f, \"mean_ms\": %.6f, \"count\": %d, \"loss\": %g}\n", times[n / 2], total / n, n, loss);
	return 0;
}
