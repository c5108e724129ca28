package public

import (
	"context"
	"embed"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/text/language"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/faultpoint"
)

// Withdrawals is what the page does. storage.Consents has it.
type Withdrawals interface {
	Unsubscribe(ctx context.Context, u consent.Unsubscribe, source string, proof map[string]any, now time.Time) error
}

// Pages are the public pages. All fields but Referrals, Now and Logger are required.
type Pages struct {
	Links      consent.Links
	Consent    Withdrawals
	Engagement Engagement
	Referrals  Referrals        // nil: nobody shares links
	Now        func() time.Time // default time.Now
	Logger     *slog.Logger     // default slog.Default()

	floods floods
	shared shared
}

const (
	// UnsubscribePath is where links point; the token follows.
	UnsubscribePath = consent.UnsubscribePath
	bodyLimit       = 64 << 10
)

var (
	beforeCommit = faultpoint.New("unsubscribe.before_commit")
	afterCommit  = faultpoint.New("unsubscribe.after_commit")
)

//go:embed page.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html"))

// Handler serves everything under /p/.
func (p *Pages) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+UnsubscribePath+"{token}", p.ask)
	mux.HandleFunc("POST "+UnsubscribePath+"{token}", p.withdraw)
	mux.HandleFunc("GET "+ClickPath+"{token}", p.click)
	mux.HandleFunc("GET "+OpenPath+"{token}", p.open)
	mux.HandleFunc("GET "+ReferralPath+"{token}", p.refer)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

// ask never looks at the token: a scanner learns nothing and changes nothing.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request) { p.show(w, r, http.StatusOK, "ask") }

func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) {
	// The body decides nothing; it is read so that the connection can be used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, bodyLimit))
	link, err := p.Links.ReadUnsubscribe(r.PathValue("token"))
	if err == nil {
		err = p.commit(r, link)
	}
	switch {
	case err == nil, fault.Is(err, fault.NotFound):
		p.show(w, r, http.StatusOK, "done")
	default:
		p.logger().ErrorContext(r.Context(), "unsubscribe failed", "workspace", link.Workspace, "customer", link.Customer, "error", err)
		w.Header().Set("Retry-After", "30")
		p.show(w, r, http.StatusServiceUnavailable, "failed")
	}
}

func (p *Pages) commit(r *http.Request, link consent.Unsubscribe) error {
	if err := beforeCommit.Hit(); err != nil {
		return err
	}
	source := "preference_page"
	if r.Header.Get("Origin") == "" { // a mail client's request; browsers name the page that posts
		source = "one_click"
	}
	err := p.Consent.Unsubscribe(r.Context(), link, source, map[string]any{"send": link.Send.String(), "page": "unsubscribe/1"}, p.now())
	if err != nil {
		return err
	}
	return afterCommit.Hit()
}

// texts of the page by language; English stands in for the others.
var texts = map[string]map[string]words{
	"en": {
		"ask":    {"Unsubscribe", "Do you want to stop receiving these messages?", "Unsubscribe"},
		"done":   {"You are unsubscribed", "You will not receive these messages any more. If one still comes, the link you used was cut short: please use the one in the newest message.", ""},
		"failed": {"Something went wrong", "Your wish could not be recorded just now. Please try again in a minute.", "Try again"},
		"nolink": {"This link leads nowhere", "It was cut short, or it is not one of ours. Please use the one in your newest message.", ""},
		"later":  {"One moment, please", "The page behind this link can’t be looked up just now. Please try again in a minute.", ""},
	},
	"nl": {
		"ask":    {"Afmelden", "Wilt u deze berichten niet meer ontvangen?", "Afmelden"},
		"done":   {"U bent afgemeld", "U ontvangt deze berichten niet meer. Komt er toch nog een, dan was de link afgebroken: gebruik dan die in het nieuwste bericht.", ""},
		"failed": {"Er ging iets mis", "Uw wens kon nu niet worden vastgelegd. Probeer het over een minuut opnieuw.", "Opnieuw proberen"},
		"nolink": {"Deze link leidt nergens heen", "De link is afgebroken of niet van ons. Gebruik die in uw nieuwste bericht.", ""},
		"later":  {"Een ogenblik geduld", "De pagina achter deze link kan nu niet worden opgezocht. Probeer het over een minuut opnieuw.", ""},
	},
	"fr": {
		"ask":    {"Se désinscrire", "Ne plus recevoir ces messages ?", "Se désinscrire"},
		"done":   {"Vous êtes désinscrit", "Vous ne recevrez plus ces messages. S’il en arrive encore un, le lien était tronqué : utilisez celui du message le plus récent.", ""},
		"failed": {"Une erreur est survenue", "Votre demande n’a pas pu être enregistrée. Réessayez dans une minute.", "Réessayer"},
		"nolink": {"Ce lien ne mène nulle part", "Il a été tronqué, ou il n’est pas de nous. Utilisez celui de votre message le plus récent.", ""},
		"later":  {"Un instant", "La page de ce lien ne peut pas être trouvée pour le moment. Réessayez dans une minute.", ""},
	},
}

type words struct{ Title, Text, Button string }

var matcher = language.NewMatcher([]language.Tag{language.English, language.Dutch, language.French})

func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, state string) {
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	lang := []string{"en", "nl", "fr"}[i]
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	w.WriteHeader(status)
	if err := page.Execute(w, struct {
		Lang string
		words
	}{lang, texts[lang][state]}); err != nil {
		p.logger().WarnContext(r.Context(), "public page not written", "error", err)
	}
}

func (p *Pages) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now() //nolint:forbidigo // the edge is where time comes from
}

func (p *Pages) logger() *slog.Logger {
	if p.Logger != nil {
		return p.Logger
	}
	return slog.Default()
}
