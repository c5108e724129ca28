package outbound

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"sojourn/fault"
	"sojourn/models"
	"sojourn/storage"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// secretBytes is the length of a new secret; Standard Webhooks asks for 24 to 64.
const secretBytes = 32

// Secrets are the signing secrets of workspaces, sealed with a key of the installation.
type Secrets struct {
	Store storage.WebhookSecrets
	Key   []byte // 32 bytes
}

// Active opens the secrets that sign; a workspace without one gets its first.
func (s *Secrets) Active(ctx context.Context, workspace int64, now time.Time) ([][]byte, error) {
	rows, err := s.Store.ActiveSecrets(ctx, workspace)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		if _, err := s.Renew(ctx, workspace, now); err != nil {
			return nil, err
		}
		if rows, err = s.Store.ActiveSecrets(ctx, workspace); err != nil {
			return nil, err
		}
	}
	var out [][]byte
	for _, r := range rows {
		plain, err := s.open(workspace, r.Sealed)
		if err != nil {
			return nil, err
		}
		out = append(out, plain)
	}
	return out, nil
}

// Renew makes a new secret and returns it in the form that receivers enter. The one before goes on signing.
func (s *Secrets) Renew(ctx context.Context, workspace int64, now time.Time) (string, error) {
	secret := make([]byte, secretBytes)
	if _, err := rand.Read(secret); err != nil {
		return "", err
	}
	sealed, err := s.seal(workspace, secret)
	if err != nil {
		return "", err
	}
	if err := s.Store.AddSecret(ctx, models.WebhookSecret{WorkspaceID: workspace, Sealed: sealed, CreatedAt: models.At(now)}); err != nil {
		return "", err
	}
	return Text(secret), nil
}

// Text is a secret as Standard Webhooks writes it.
func Text(secret []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(secret) }

func (s *Secrets) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.Key)
	if err != nil {
		return nil, fmt.Errorf("key of the webhook secrets: %w", err)
	}
	return cipher.NewGCM(block)
}

// bound ties a sealed secret to its workspace.
func bound(workspace int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(workspace)) }

func (s *Secrets) seal(workspace int64, secret []byte) ([]byte, error) {
	a, err := s.aead()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, a.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return a.Seal(nonce, nonce, secret, bound(workspace)), nil
}

func (s *Secrets) open(workspace int64, sealed []byte) ([]byte, error) {
	a, err := s.aead()
	if err != nil {
		return nil, err
	}
	if len(sealed) < a.NonceSize() {
		return nil, fault.New(fault.Conflict, "a webhook secret is damaged")
	}
	plain, err := a.Open(nil, sealed[:a.NonceSize()], sealed[a.NonceSize():], bound(workspace))
	if err != nil {
		return nil, fault.Wrap(fault.Conflict, err, "a webhook secret can't be opened: it was sealed with another secret of the installation; renew it")
	}
	return plain, nil
}
