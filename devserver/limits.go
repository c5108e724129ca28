package main

import (
	"time"

	"go.temporal.io/server/common/dynamicconfig"
)

// One machine is limited by its disk and processor. Temporal's defaults are meant to share a cluster between tenants:
// they throttle a burst, and the SDK retries silently, so that it only looks slow.
const (
	requestsPerSecond = 20000
	queriesPerSecond  = 50000
	longPolls         = 5000
	// visibilityPerSecond allows an admin UI and a few scripts to list workflows side by side; the default is 10.
	visibilityPerSecond = 100
)

func dynamicConfig() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		dynamicconfig.FrontendRPS.Key():                                         requestsPerSecond,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():                  requestsPerSecond,
		dynamicconfig.MatchingRPS.Key():                                         requestsPerSecond,
		dynamicconfig.HistoryRPS.Key():                                          requestsPerSecond,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                           queriesPerSecond,
		dynamicconfig.MatchingPersistenceMaxQPS.Key():                           queriesPerSecond,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                            queriesPerSecond,
		dynamicconfig.WorkerPersistenceMaxQPS.Key():                             queriesPerSecond,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key():        visibilityPerSecond,
		dynamicconfig.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(): longPolls,

		// One machine needs no partitions: with the default of four every worker polls four queues for each task.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

		// How long a new search attribute or namespace stays unknown to the services.
		dynamicconfig.NamespaceCacheRefreshInterval.Key(): time.Second,

		// Nothing is fetched from the network.
		dynamicconfig.EnableServerVersionCheck.Key(): false,
	}
}
