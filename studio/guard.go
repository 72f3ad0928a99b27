package studio

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// The studio starts programs and shows data, so a page of another site must reach nothing of it through its user's browser:
//
//   - The Host of a request must be a name of this machine: a foreign name that was made to point here (DNS rebinding) is
//     turned away. The port is not looked at, so that a tunnel may have another one.
//   - A request that changes something must have the Origin of the page itself, and a content type that no form can send.
//   - What a browser marks as coming from another site reaches the page alone, by a link, and nothing below it.
//   - With a token, nothing is answered without it. The page gets it as a cookie that scripts cannot read.

const (
	// maxBody bounds the body of a request.
	maxBody = 1 << 20
	// writeTimeout bounds how long an answer takes to send; that of a stream is set for each message.
	writeTimeout = 2 * time.Minute

	policy = "default-src 'self'; img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; " +
		"frame-ancestors 'none'"
)

// IsLoopback reports whether an address can only be reached from this machine.
func IsLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// hostNames are the names that a Host header may have. nil: also any address in numbers, for a server that listens on all.
func hostNames(listen string) []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	host, _, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		names = append(names, anyAddress)
		if name, err := os.Hostname(); err == nil {
			names = append(names, strings.ToLower(name))
		}
		return names
	}
	return append(names, strings.ToLower(host))
}

// anyAddress stands for all addresses in numbers, which no name service gives out.
const anyAddress = "*"

// isHere reports whether a Host header names this machine.
func (s *Studio) isHere(header string) bool {
	host, _, err := net.SplitHostPort(header)
	if err != nil {
		host = header
	}
	host = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return slices.Contains(s.names, host) || net.ParseIP(host) != nil && slices.Contains(s.names, anyAddress)
}

// guard answers only requests of the page.
func (s *Studio) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // with no-referrer, Firefox sends the Origin null to the page's own server
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if err := s.check(r); err != nil {
			writeError(w, err)
			return
		}
		if s.o.Token != "" && s.takeToken(w, r) {
			return
		}
		if r.Method == http.MethodGet { // there is no body to wait for; reaching the deadline would end the request
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // a recorder of tests has none
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// check is why a request is turned away.
func (s *Studio) check(r *http.Request) error {
	if !s.isHere(r.Host) {
		return failf(http.StatusForbidden, "the studio does not answer to the name %q: open it as http://localhost, or listen on that name",
			r.Host)
	}
	link := r.URL.Path == "/" && r.Header.Get("Sec-Fetch-Mode") == "navigate" // to the page
	if site := r.Header.Get("Sec-Fetch-Site"); (site == "cross-site" || site == "same-site") && !link {
		return failf(http.StatusForbidden, "the request comes from a page of another site")
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || origin.Host == "" || !strings.EqualFold(origin.Host, r.Host) {
		return failf(http.StatusForbidden, "a request that changes something must come from the page of the studio, not from %q",
			r.Header.Get("Origin"))
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return failf(http.StatusUnsupportedMediaType, "the content type must be application/json, got %q", r.Header.Get("Content-Type"))
	}
	return nil
}

// takeToken answers a request that brings the token in its query, which becomes a cookie, or that lacks it. done reports that
// the request is answered.
func (s *Studio) takeToken(w http.ResponseWriter, r *http.Request) (done bool) {
	if given := r.URL.Query(); given.Has("token") && r.Method == http.MethodGet {
		if !same(sealed(given.Get("token")), sealed(s.o.Token)) {
			writeError(w, failf(http.StatusUnauthorized, "the token is wrong"))
			return true
		}
		given.Del("token")
		http.SetCookie(w, &http.Cookie{
			Name: cookieName(s.o.Token), Value: sealed(s.o.Token), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		})
		to := url.URL{Path: "/" + strings.TrimLeft(r.URL.Path, "/"), RawQuery: given.Encode()} // never //host
		w.Header().Set("Location", to.String())
		w.WriteHeader(http.StatusSeeOther)
		return true
	}
	cookie, err := r.Cookie(cookieName(s.o.Token))
	if err != nil || !same(cookie.Value, sealed(s.o.Token)) {
		writeError(w, failf(http.StatusUnauthorized, "the studio needs its token: open it as http://%s/?token=TOKEN, with the token of its "+
			"command line", r.Host))
		return true
	}
	return false
}

// cookieName is the name of the cookie for a token. Ports share their cookies: studios with other tokens have other names.
func cookieName(token string) string { return "euryale_studio_" + sealed(token)[:8] }

// sealed is what the cookie holds of a token.
func sealed(token string) string {
	sum := sha256.Sum256([]byte("euryale studio " + token))
	return hex.EncodeToString(sum[:])
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
