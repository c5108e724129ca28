package main

import (
	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
)

// startWebUI serves the Web UI in the background and returns its stop. The UI's own Start ends the process if it can't
// listen, which is why the address has been checked before.
func startWebUI(opts options) (stop func()) {
	if opts.ui == "" {
		return func() {}
	}
	host, port, err := splitAddress(opts.ui)
	if err != nil {
		panic(err) // validated with the options
	}
	ui := uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: opts.address,
		Host:                host,
		Port:                port,
		EnableUI:            true,
		DefaultNamespace:    opts.namespace,
		// Plain HTTP on the loopback address: the cookie against forged requests can't be marked "secure".
		CORS:             uiconfig.CORS{CookieInsecure: true},
		DisableNewsFetch: true,
		HideLogs:         true,
	}))
	go func() { _ = ui.Start() }()
	return ui.Stop
}
