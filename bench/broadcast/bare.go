package main

import (
	"context"
	"strings"
	"sync"

	"sojourn/channels"
	"sojourn/consent"
	"sojourn/content"
	"sojourn/ids"
)

// bareMain renders and sends, and does nothing else.
func bareMain(o options) error {
	stop, err := profiled(o)
	if err != nil {
		return err
	}
	defer stop()
	sender, err := mailServer(o)
	if err != nil {
		return err
	}
	defer sender.Close()
	tpl, err := content.Compile(content.Source{Channel: "email", Subject: subject, Body: letter})
	if err != nil {
		return err
	}
	engine := &content.Engine{Now: now}
	next, failed := make(chan int), make(chan error, o.parallel)
	var work sync.WaitGroup
	for range o.parallel {
		work.Go(func() {
			for i := range next {
				if err := bareOne(engine, tpl, sender, i); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	for i := range o.n {
		select {
		case next <- i:
		case err := <-failed:
			return err
		}
	}
	close(next)
	work.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

func bareOne(engine *content.Engine, tpl *content.Template, sender channels.Sender, i int) error {
	send, customer, point := ids.New(), ids.New(), ids.New()
	link := publicURL + consent.UnsubscribePath + linkKeys.SignUnsubscribe(consent.Unsubscribe{Workspace: 1, Customer: customer, ContactPoint: point, Send: send, Channel: "email", Purpose: "news"})
	m, err := engine.Message(tpl, map[string]any{"unsubscribe_url": link, "customer": map[string]any{"first_name": firstName(i), "city": city(i), "plan": plans[i%3], "visits": i % 7}}, true)
	if err != nil {
		return err
	}
	hit := func(n int) string { return linkKeys.SignHit(consent.Hit{Workspace: 1, Send: send, Link: n}) }
	m.HTML, _ = content.Track(m.HTML, content.Tracker{Keep: func(a string) bool { return strings.HasPrefix(a, publicURL+"/p/") },
		Link: func(n int) string { return publicURL + consent.ClickPath + hit(n) }, Pixel: publicURL + consent.OpenPath + hit(0)})
	hand, err := sender.Prepare(context.Background(), channels.Message{Workspace: 1, Send: send, Customer: customer, Channel: "email", From: channels.Party{Name: "Shop", Address: "news@shop.example"}, To: address(i),
		Subject: m.Subject, HTML: m.HTML, Text: m.Text, MessageID: "<" + send.String() + "@shop.example>", Date: now(),
		Headers: []channels.Header{{Name: "List-Unsubscribe", Value: "<" + link + ">"}, {Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click"}}})
	if err != nil {
		return err
	}
	_, err = hand.Commit(context.Background())
	return err
}
