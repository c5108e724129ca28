package content_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sojourn/content"
)

func tracker() content.Tracker {
	return content.Tracker{
		Link:  func(n int) string { return "https://m.example/p/c/t" + strconv.Itoa(n) },
		Pixel: "https://m.example/p/o/t0",
		Keep:  func(a string) bool { return strings.HasPrefix(a, "https://m.example/p/") },
	}
}

func TestTrackRewritesLinksOnly(t *testing.T) {
	t.Parallel()
	const mail = `<html><body class="x"><!--[if mso]><a href="https://old.example">x</a><![endif]-->
<a style="color:red" href="https://shop.example/a?x=1&amp;y=2">one</a> <A HREF='http://shop.example/b'>two</A>
<a href="https://m.example/p/u/token">unsubscribe</a> <a href="mailto:shop@example.com">write</a> <a href="#top">up</a> <a href="/rel">rel</a>
<a data-no-track href="https://shop.example/c">plain</a> <a name="x">anchor</a> <img src="https://shop.example/p.png"></body></html>`
	got, links := content.Track(mail, tracker())
	if d := cmp.Diff([]string{"https://shop.example/a?x=1&y=2", "http://shop.example/b"}, links); d != "" {
		t.Error(d)
	}
	want := strings.NewReplacer(`https://shop.example/a?x=1&amp;y=2`, `https://m.example/p/c/t1`, `<A HREF='http://shop.example/b'>`, `<a href="https://m.example/p/c/t2">`,
		`</body>`, `<img src="https://m.example/p/o/t0" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px"></body>`).Replace(mail)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestTrackWithoutLinksOrPixelChangesNothing(t *testing.T) {
	t.Parallel()
	const mail = `<p><a href="https://shop.example">x</a></p>`
	if got, links := content.Track(mail, content.Tracker{}); got != mail || links != nil {
		t.Errorf("%s %v", got, links)
	}
	got, _ := content.Track(mail, content.Tracker{Pixel: "https://m.example/p/o/t0"})
	if !strings.HasPrefix(got, mail) || !strings.Contains(got, `<img src="https://m.example/p/o/t0"`) {
		t.Error(got)
	}
}

// What a customer wrote into his name must not become markup by being taken apart and put together again.
func TestTrackKeepsAttributesEscaped(t *testing.T) {
	t.Parallel()
	got, links := content.Track(`<a title="&quot;&gt;&lt;script&gt;" href="https://shop.example/?q=%22%3E">x</a>`, tracker())
	if strings.Contains(got, "<script") || len(links) != 1 {
		t.Errorf("%s %v", got, links)
	}
	for _, odd := range []string{`<a href="https://shop.example/a b">x</a>`, "<a href=\"java\nscript:alert(1)\">x</a>", `<a href="//shop.example">x</a>`, `<a href="https:">`, `<a href=`} {
		if _, links := content.Track(odd, tracker()); len(links) != 0 {
			t.Errorf("%s became %v", odd, links)
		}
	}
}
