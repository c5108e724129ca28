package devmode

import (
	"context"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// demoTexts are messages that no shipped journey sends: what a newcomer needs to try a second channel on the canvas.
var demoTexts = []storage.TemplateInput{{
	Key: "winback-sms", Name: "Win back, text message", Class: "marketing",
	Bodies: []models.TemplateBody{
		{Channel: "sms", Locale: "en", Body: "Hello {{ customer.first_name | default: 'there' }}, new records have come in at {{ workspace.name }}. See you soon? No more texts: {{ unsubscribe_url }}"},
		{Channel: "sms", Locale: "nl", Body: "Hallo {{ customer.first_name | default: 'daar' }}, er zijn nieuwe platen binnen bij {{ workspace.name }}. Tot gauw? Geen sms meer: {{ unsubscribe_url }}"},
		{Channel: "sms", Locale: "fr", Body: "Bonjour {{ customer.first_name | default: '' }}, de nouveaux disques chez {{ workspace.name }}. À bientôt ? Plus de SMS : {{ unsubscribe_url }}"},
	},
}}

// texts puts them into the demo workspace, with the sender they go out from.
func (d *Demo) texts(ctx context.Context, ws models.Workspace) error {
	_, err := d.Store.PutSender(ctx, models.Sender{ID: ids.New(), WorkspaceID: ws.ID, SenderKey: "text", Channel: "sms", FromName: demoName, FromAddress: "RecordShop",
		State: storage.SenderActive, CreatedAt: models.At(d.Now)}, d.Now)
	if err != nil {
		return err
	}
	for _, t := range demoTexts {
		if _, err := d.Store.PutTemplate(ctx, ws.ID, t, d.Now); err != nil {
			return err
		}
	}
	return nil
}
