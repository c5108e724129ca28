package faultpoint

// Bugs that a chaos build can carry on purpose (SOJOURN_PLANT=name), so that the fault tests prove that their auditor
// would notice them. In any other build Planted is false and the code behind it is left out.
const (
	PlantNoClaimRow      = "no_claim_row"      // messages go out past the ledger
	PlantRunIDKey        = "run_id_key"        // the send key holds Temporal's run id
	PlantAckBeforeCommit = "ack_before_commit" // events are acknowledged first and stored later
)
