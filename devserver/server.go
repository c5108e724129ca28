package main

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/metrics"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const (
	clusterName = "active"
	// internalHost is where history, matching and the system worker listen for each other.
	internalHost = "127.0.0.1"
	// historyShards makes no difference to the throughput of a single SQLite file, and can't be changed later.
	historyShards = 1
	disabled      = "disabled"
)

// newServer wires all of Temporal's services into this process.
func newServer(opts options) (temporal.Server, error) {
	services, hosts, err := layOut(opts.address)
	if err != nil {
		return nil, err
	}
	logger := log.NewZapLogger(log.BuildZapLogger(log.Config{Level: opts.logLevel, Format: opts.logFormat}))
	cfg := serverConfig(opts, services)
	server, err := temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	)
	if err != nil {
		return nil, fmt.Errorf("configure Temporal: %w", err)
	}
	return server, nil
}

// layOut gives every service its address: the frontend the one asked for, the others free ports. The hosts are static,
// so that there is no gossip between the services and no wait for a ring to form.
func layOut(frontend string) (map[string]config.Service, map[primitives.ServiceName]static.Hosts, error) {
	host, port, err := splitAddress(frontend)
	if err != nil {
		return nil, nil, err
	}
	internal := []primitives.ServiceName{
		primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
	}
	ports, err := freePorts(internalHost, len(internal))
	if err != nil {
		return nil, nil, err
	}
	services := map[string]config.Service{}
	hosts := map[primitives.ServiceName]static.Hosts{}
	place := func(name primitives.ServiceName, ip string, port int) {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: ip}}
		hosts[name] = static.SingleLocalHost(net.JoinHostPort(ip, strconv.Itoa(port)))
	}
	place(primitives.FrontendService, host, port)
	for i, name := range internal {
		place(name, internalHost, ports[i])
	}
	return services, hosts, nil
}

func serverConfig(opts options, services map[string]config.Service) *config.Config {
	cfg := &config.Config{
		Global: config.Global{
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: internalHost},
		},
		Persistence: config.Persistence{
			DefaultStore:     sqliteplugin.PluginName,
			VisibilityStore:  sqliteplugin.PluginName,
			NumHistoryShards: historyShards,
			DataStores: map[string]config.DataStore{
				sqliteplugin.PluginName: {SQL: sqlConfig(opts.db)},
			},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: opts.address},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            services,
		Archival: config.Archival{
			History:    config.HistoryArchival{State: disabled},
			Visibility: config.VisibilityArchival{State: disabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: disabled},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: disabled},
		}},
		// The system worker is a client of the frontend like any other.
		PublicClient: config.PublicClient{HostPort: opts.address},
	}
	if opts.metrics != "" {
		cfg.Global.Metrics = &metrics.Config{
			Prometheus: &metrics.PrometheusConfig{ListenAddress: opts.metrics, HandlerPath: "/metrics"},
		}
	}
	return cfg
}
