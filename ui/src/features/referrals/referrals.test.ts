import { describe, expect, it } from "vitest";
import en from "../../i18n/en.json";
import { endable, referralStates } from "./api";

describe("referrals", () => {
  it("can be refused while they are open, taken back when they were rewarded, and left alone else", () => {
    expect(referralStates.map((state) => endable({ state }))).toEqual(["refuse", "refuse", undefined, "takeBack", undefined, undefined]);
  });
  it("have a word for every state and reason", () => {
    const words = en as Record<string, string>;
    for (const s of referralStates) expect(words[`referralState.${s}`]).toBeTruthy();
    const reasons = "self_referral same_address same_household same_card same_device cycle other_referrer existing_customer code_expired no_order order_too_small order_returned yearly_limit erased held_out journey_ended not_running by_hand no_reward none_given no_customer restricted no_amount no_offer none_left has_enough reversed";
    for (const r of reasons.split(" ")) expect(words[`referralReason.${r}`], r).toBeTruthy();
  });
});
