//go:build !chaos

package activities

import (
	"context"

	"sojourn/contract"
)

// planted does nothing in this build; see send_plants.go.
func (m *Messaging) planted(context.Context, *attempt) (contract.SendResult, bool, error) {
	return contract.SendResult{}, false, nil
}
