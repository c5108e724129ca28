package blueprints

import (
	"sojourn/consent"
	"sojourn/content"
	"sojourn/fault"
)

// Shown is a message as the invented customer of its language reads it.
type Shown struct{ Subject, Preheader, HTML, Text string }

// Show writes one message of a blueprint for the invented customer of that language. NotFound when there is none.
func (b Blueprint) Show(template, channel, locale string) (Shown, error) {
	for _, t := range b.Templates {
		for _, body := range t.Bodies {
			if t.Key == template && body.Channel == channel && body.Locale == locale {
				return show(t, body)
			}
		}
	}
	return Shown{}, fault.New(fault.NotFound, "there is no such message")
}

func show(t Template, body Body) (Shown, error) {
	engine, data := &content.Engine{}, Sample(body.Locale)
	line, err := content.Compile(content.Source{Channel: "print", Subject: body.Preheader, Body: body.Preheader + "-"})
	if err != nil {
		return Shown{}, err
	}
	preheader, err := engine.Message(line, data, false)
	if err != nil {
		return Shown{}, err
	}
	whole, err := content.Compile(content.Source{Channel: body.Channel, Subject: body.Subject, Preheader: body.Preheader, Body: body.Text})
	if err != nil {
		return Shown{}, err
	}
	m, err := engine.Message(whole, data, consent.Class(t.Class) == consent.Marketing)
	return Shown{Subject: m.Subject, Preheader: preheader.Subject, HTML: m.HTML, Text: m.Text}, err
}
