package studio_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"euryale/studio"
)

// What does not come from the page of the studio is turned away.
func TestHostileRequests(t *testing.T) {
	s := serve(t, "points")
	address := strings.TrimPrefix(s.http.URL, "http://")
	_, port, _ := strings.Cut(address, ":")
	for _, test := range []struct {
		name, method, path string
		head               map[string]string
		want               int
	}{
		{"the page", "GET", "/", nil, 200},
		{"by name", "GET", "/api/runs", map[string]string{"Host": "localhost:" + port}, 200},
		{"IPv6", "GET", "/api/runs", map[string]string{"Host": "[::1]:" + port}, 200},
		{"through a tunnel", "GET", "/api/runs", map[string]string{"Host": "localhost:9000"}, 200},
		{"DNS rebinding", "GET", "/api/runs", map[string]string{"Host": "evil.example:" + port}, 403},
		{"DNS rebinding of the page", "GET", "/", map[string]string{"Host": "evil.example"}, 403},
		{"a name that begins right", "GET", "/api/runs", map[string]string{"Host": "localhost.evil.example"}, 403},
		{"a name that ends right", "GET", "/api/runs", map[string]string{"Host": "evil-localhost"}, 403},
		{"another address", "GET", "/api/runs", map[string]string{"Host": "10.0.0.1:" + port}, 403},
		{"a stream by another name", "GET", "/api/events", map[string]string{"Host": "evil.example"}, 403},
		{"from another site", "GET", "/api/runs", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403},
		{"a link on another site", "GET", "/", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200},
		{
			"a link on another site to the data", "GET", "/api/runs",
			map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403,
		},
		{"another port of this machine", "GET", "/api/runs", map[string]string{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403},
		{"of the page", "POST", "/api/stop", nil, 409},
		{"another origin", "POST", "/api/stop", map[string]string{"Origin": "http://evil.example"}, 403},
		{"another port", "POST", "/api/stop", map[string]string{"Origin": "http://127.0.0.1:1"}, 403},
		{"no origin", "POST", "/api/stop", map[string]string{"Origin": ""}, 403},
		{"the origin null", "POST", "/api/stop", map[string]string{"Origin": "null"}, 403},
		{"a form", "POST", "/api/stop", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415},
		{"a form of text", "POST", "/api/stop", map[string]string{"Content-Type": "text/plain"}, 415},
		{"with a character set", "POST", "/api/stop", map[string]string{"Content-Type": "application/json; charset=utf-8"}, 409},
		{"deleting from elsewhere", "DELETE", "/api/job?id=1", map[string]string{"Origin": "http://evil.example"}, 403},
		{"a change by GET", "GET", "/api/stop?id=points", nil, 404},
		{"another method", "PUT", "/api/stop", nil, 404},
	} {
		body := `{"id":"points"}`
		if test.method == "GET" {
			body = ""
		}
		status, text := s.raw(test.method, test.path, body, test.head)
		if status != test.want || status >= 400 && !strings.HasPrefix(string(text), `{"error":"`) {
			t.Errorf("%s: %d %.200s, want %d", test.name, status, text, test.want)
		}
	}
	r := httptest.NewRecorder()
	request := httptest.NewRequest("GET", "http://localhost/", nil)
	s.Handler().ServeHTTP(r, request)
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "same-origin",
	} {
		if got := r.Header().Get(name); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if policy := r.Header().Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %q", policy)
	}
}

// With a token, nothing is answered without it.
func TestToken(t *testing.T) {
	s := &served{t: t, runs: t.TempDir()}
	const token = "0123456789abcdef"
	s.start(studio.Options{Runs: s.runs, Listen: "0.0.0.0:8420", Token: token})
	for path, want := range map[string]int{
		"/": 401, "/api/runs": 401, "/api/events": 401, "/uPlot.min.css": 401, "/?token=wrong": 401, "/?token=": 401,
		"/api/runs?token=" + token[1:]: 401,
	} {
		if status, text := s.raw("GET", path, nil, nil); status != want || strings.Contains(string(text), token) {
			t.Errorf("%s: %d %s, want %d", path, status, text, want)
		}
	}
	client := *s.http.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Get(s.http.URL + "//evil.example/?token=" + token + "&view=1")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if to := response.Header.Get("Location"); to != "/evil.example/?view=1" || response.StatusCode != http.StatusSeeOther {
		t.Errorf("the token is taken with %d, and leads to %q", response.StatusCode, to)
	}
	response, err = client.Get(s.http.URL + "/?token=" + token)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	cookies := response.Cookies()
	if response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != "/" || len(cookies) != 1 {
		t.Fatalf("the right token: %d to %q, cookies %v", response.StatusCode, response.Header.Get("Location"), cookies)
	}
	if c := cookies[0]; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || strings.Contains(c.Value, token) {
		t.Errorf("the cookie is %v", c)
	}
	other := &served{t: t}
	other.start(studio.Options{Runs: s.runs, Listen: "0.0.0.0:8421", Token: "another token of this machine"})
	if response, err = client.Get(other.http.URL + "/?token=another+token+of+this+machine"); err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if names := response.Cookies(); len(names) != 1 || names[0].Name == cookies[0].Name { // ports share their cookies
		t.Errorf("another studio of the machine has the cookie %v", names)
	}
	with := map[string]string{"Cookie": cookies[0].Name + "=" + cookies[0].Value}
	if status, _ := s.raw("GET", "/api/runs", nil, with); status != http.StatusOK {
		t.Errorf("with the cookie: %d", status)
	}
	for _, value := range []string{"", "0", token, strings.Repeat("0", len(cookies[0].Value))} {
		guess := map[string]string{"Cookie": cookies[0].Name + "=" + value}
		if status, _ := s.raw("GET", "/api/runs", nil, guess); status != http.StatusUnauthorized {
			t.Errorf("with the cookie %q: %d", value, status)
		}
	}
	with["Host"] = "192.168.1.7:8420" // it listens on all addresses
	if status, _ := s.raw("GET", "/api/runs", nil, with); status != http.StatusOK {
		t.Errorf("by an address of the machine: %d", status)
	}
	with["Host"] = "evil.example"
	if status, _ := s.raw("GET", "/api/runs", nil, with); status != http.StatusForbidden {
		t.Errorf("by a foreign name: %d", status)
	}
	for name, o := range map[string]studio.Options{
		"needs a token":               {Runs: s.runs, Listen: "0.0.0.0:8420"},
		"at least 16 characters":      {Runs: s.runs, Listen: "0.0.0.0:8420", Token: "short"},
		"want a folder of runs":       {Runs: "main_test.go", Listen: "127.0.0.1:0"},
		"the folder of runs is not g": {Listen: "127.0.0.1:0"},
	} {
		if _, err := studio.New(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v, want %q", o, err, name)
		}
	}
}

// Names of runs and files lead nowhere else.
func TestHostilePaths(t *testing.T) {
	s := serve(t, "points")
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.CopyFS(secret, os.DirFS(fixture(t, "points"))); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"link": secret, "points/samples/secret.csv": filepath.Join(secret, "config.yaml"), "loop": s.runs,
		"linked/config.yaml": filepath.Join(secret, "config.yaml"),
	} {
		path := filepath.Join(s.runs, link)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Symlink(to, path)); err != nil {
			t.Fatal(err)
		}
	}
	hidden := filepath.Join(s.runs, "points/.hidden")
	if err := errors.Join(syscall.Mkfifo(filepath.Join(s.runs, "points/samples/pipe.csv"), 0o644), os.Mkdir(hidden, 0o755),
		os.WriteFile(filepath.Join(hidden, "x.csv"), []byte("1\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{
		"", ".", "..", "../secret", "points/..", "points/../points", "/etc", "//etc", "./points", "points/", "a/b/c/d", "points%00", "points%0a",
		"a%5cb", "..%5csecret", "%2e%2e%2fsecret", ".hidden", "points/.lock", strings.Repeat("a", 600), "none", "link", "loop/points",
		"linked", "%ff",
	} {
		for _, path := range []string{"run", "metrics", "figures", "figure", "table", "data", "preview", "file", "log"} {
			status, text := s.raw("GET", "/api/"+path+"?name=data&part=points&step=1&path=config.yaml&id="+id, nil, nil)
			if path == "log" && slices.Contains([]string{"none", "link", "loop/points", "linked"}, id) {
				continue // no file is read for it
			}
			if status != http.StatusBadRequest && status != http.StatusNotFound && status != http.StatusForbidden {
				t.Errorf("%s of the id %.40q: %d %.200s", path, id, status, text)
			}
		}
	}
	for _, path := range []string{
		"../points/config.yaml", "/etc/passwd.csv", "samples/../../points/config.yaml", "checkpoints/step-00000030.safetensors", ".lock",
		"samples/.x.png", ".hidden/x.csv", "samples/secret.csv", "samples/pipe.csv", "samples", "none.png",
		"samples%2f..%2fconfig.yaml", "a%00.png",
	} {
		status, text := s.raw("GET", "/api/file?id=points&path="+path, nil, nil)
		if status != http.StatusBadRequest && status != http.StatusNotFound {
			t.Errorf("the file %s: %d %.100s", path, status, text)
		}
	}
	var list struct{ Runs []row }
	s.get("/api/runs", &list)
	if len(list.Runs) != 1 || list.Runs[0].ID != "points" {
		t.Errorf("links are listed: %+v", list.Runs)
	}
}

// Bodies that are too large, no JSON, or JSON of another form.
func TestBadBodies(t *testing.T) {
	s := serve(t, "points")
	s.refused("POST", "/api/sample", strings.Repeat(" ", 2<<20)+"{}", http.StatusRequestEntityTooLarge, "bytes")
	for _, body := range []string{
		"", "{", "[]", "null x", `{"id":1}`, `{"id":"points"} {}`, `{"id":"points","nn":3}`, `{"n":1e99}`, `{"seed":"x"}`,
	} {
		for _, path := range []string{"sample", "quality", "start", "clone", "resume", "stop", "report"} {
			s.refused("POST", "/api/"+path, body, http.StatusBadRequest, "the request")
		}
	}
}
