package storage

import (
	"context"

	"sojourn/ids"
	"sojourn/models"
)

// States of a reward.
const (
	RewardGranted  = "granted"
	RewardReversed = "reversed"
)

// Rewards reads what the built-in loyalty programme has granted; granting is loyalty.Program.
type Rewards interface {
	// RewardsOf lists a customer's rewards, newest first.
	RewardsOf(ctx context.Context, workspace int64, customer ids.ID, limit int) ([]models.Reward, error)
}

// WebhookSecrets keeps what outgoing calls are signed with, sealed by the caller.
type WebhookSecrets interface {
	// ActiveSecrets returns the workspace's secrets that still sign, the newest first.
	ActiveSecrets(ctx context.Context, workspace int64) ([]models.WebhookSecret, error)
	// AddSecret keeps a new one and revokes all but it and the one before, so that receivers can change over.
	AddSecret(ctx context.Context, s models.WebhookSecret) error
}
