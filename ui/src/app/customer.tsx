import { CustomerDetail, type MoreOfCustomer } from "../features/customers/detail";
import { CustomerReferrals } from "../features/referrals/customer";

const more: MoreOfCustomer[] = [{ tab: "referrals", title: "nav.referrals", panel: (id) => <CustomerReferrals id={id} /> }];

/** The page of a customer with what other features know of him. */
export function CustomerPage() {
  return <CustomerDetail more={more} />;
}
