// Package secret makes and checks what only its holder knows: passwords (argon2id, PHC string), first passwords, and API
// keys (shown once, kept as a hash). It stores nothing.
package secret
