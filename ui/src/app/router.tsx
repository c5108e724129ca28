import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { ApiError } from "../api/errors";
import { meQuery } from "../api/session";
import { type Filter, goals } from "../features/journeys/blueprints/words";
import { type Measure, measures } from "../features/journeys/measures";
import { referralStates, type ReferralSearch } from "../features/referrals/api";
import { dues, type TaskSearch, taskStates, taskTypes } from "../features/tasks/api";
import { NotFound, RouteError } from "./fallbacks";
import { Shell } from "./shell";

type Context = { queryClient: QueryClient };

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound, errorComponent: RouteError });

const text = (v: unknown): string | undefined => (typeof v === "string" && v !== "" ? v : undefined);

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (s: Record<string, unknown>): { from?: string } => (text(s.from) ? { from: String(s.from) } : {}),
  component: lazyRouteComponent(() => import("../features/session/sign-in"), "SignIn"),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw redirect({ to: "/sign-in", search: { from: location.href } });
      throw error;
    }
  },
});

const home = createRoute({ getParentRoute: () => shell, path: "/", component: lazyRouteComponent(() => import("../features/home/home"), "Home") });
const journeys = createRoute({
  getParentRoute: () => shell,
  path: "/journeys",
  validateSearch: (s: Record<string, unknown>): { q?: string; archived?: true } => ({ q: text(s.q), archived: s.archived ? true : undefined }),
  component: lazyRouteComponent(() => import("../features/journeys/list"), "JourneyList"),
});

const blueprints = createRoute({
  getParentRoute: () => shell,
  path: "/blueprints",
  validateSearch: (s: Record<string, unknown>): Filter => ({ q: text(s.q), goal: goals.find((g) => g === s.goal), ready: s.ready ? true : undefined }),
  component: lazyRouteComponent(() => import("../features/journeys/blueprints/gallery"), "BlueprintGallery"),
});
const blueprint = createRoute({
  getParentRoute: () => shell,
  path: "/blueprints/$blueprintKey",
  component: lazyRouteComponent(() => import("../features/journeys/blueprints/detail"), "BlueprintPage"),
});

export type JourneySearch = {
  tab?: "canvas" | "funnel" | "people" | "versions" | "comments" | "settings";
  version?: number;
  step?: string;
  state?: string;
  measure?: Measure;
  exit?: string;
  to?: string;
  held?: true;
  all?: true;
  compare?: number;
  outcome?: "entered" | "not_entered" | "any";
  reason?: string;
};
const journey = createRoute({
  getParentRoute: () => shell,
  path: "/journeys/$journeyKey",
  validateSearch: (s: Record<string, unknown>): JourneySearch => ({
    tab: (["canvas", "funnel", "people", "versions", "comments", "settings"] as const).find((x) => x === s.tab),
    version: Number.isInteger(Number(s.version)) && Number(s.version) > 0 ? Number(s.version) : undefined,
    step: text(s.step),
    state: text(s.state),
    measure: measures.find((m) => m === s.measure),
    exit: text(s.exit),
    to: text(s.to),
    held: s.held ? true : undefined,
    all: s.all ? true : undefined,
    compare: Number.isInteger(Number(s.compare)) && Number(s.compare) > 0 ? Number(s.compare) : undefined,
    outcome: (["entered", "not_entered", "any"] as const).find((x) => x === s.outcome),
    reason: text(s.reason),
  }),
  component: lazyRouteComponent(() => import("../features/journeys/detail"), "JourneyDetail"),
});
const journeyEdit = createRoute({
  getParentRoute: () => shell,
  path: "/journeys/$journeyKey/edit",
  validateSearch: (s: Record<string, unknown>): { step?: string } => ({ step: text(s.step) }),
  component: lazyRouteComponent(() => import("../features/journeys/editor/editor"), "JourneyEditor"),
});
const broadcasts = createRoute({
  getParentRoute: () => shell,
  path: "/broadcasts",
  validateSearch: (s: Record<string, unknown>): { archived?: boolean } => ({ archived: s.archived === true || s.archived === "true" ? true : undefined }),
  component: lazyRouteComponent(() => import("../features/broadcasts/list"), "BroadcastList"),
});
const ENGAGED = ["delivered", "opened", "clicked", "unsubscribed", "not_opened", "not_clicked"] as const;
type Engaged = (typeof ENGAGED)[number];
const broadcast = createRoute({
  getParentRoute: () => shell,
  path: "/broadcasts/$broadcastKey",
  validateSearch: (s: Record<string, unknown>): { issue?: number; state?: string; reason?: string; engaged?: Engaged } => ({
    engaged: ENGAGED.find((e) => e === s.engaged),
    issue: Number.isInteger(Number(s.issue)) && Number(s.issue) > 0 ? Number(s.issue) : undefined,
    state: text(s.state),
    reason: text(s.reason),
  }),
  component: lazyRouteComponent(() => import("../features/broadcasts/detail"), "BroadcastPage"),
});
const calendar = createRoute({
  getParentRoute: () => shell,
  path: "/calendar",
  validateSearch: (s: Record<string, unknown>): { month?: string; view?: "agenda" | "week" } => ({ month: text(s.month), view: s.view === "agenda" || s.view === "week" ? s.view : undefined }),
  component: lazyRouteComponent(() => import("../features/calendar/calendar"), "Calendar"),
});
const run = createRoute({ getParentRoute: () => shell, path: "/runs/$runId", component: lazyRouteComponent(() => import("../features/runs/run"), "RunPage") });
const customers = createRoute({
  getParentRoute: () => shell,
  path: "/customers",
  validateSearch: (s: Record<string, unknown>): { q?: string } => ({ q: text(s.q) }),
  component: lazyRouteComponent(() => import("../features/customers/list"), "CustomerList"),
});
const customer = createRoute({
  getParentRoute: () => shell,
  path: "/customers/$customerId",
  validateSearch: (s: Record<string, unknown>): { tab?: string } => ({ tab: text(s.tab) }),
  component: lazyRouteComponent(() => import("./customer"), "CustomerPage"),
});
const tasks = createRoute({
  getParentRoute: () => shell,
  path: "/tasks",
  validateSearch: (s: Record<string, unknown>): TaskSearch => ({
    state: taskStates.find((x) => x === s.state),
    type: taskTypes.find((x) => x === s.type),
    due: dues.find((x) => x === s.due),
  }),
  component: lazyRouteComponent(() => import("../features/tasks/list"), "TaskList"),
});
const task = createRoute({ getParentRoute: () => shell, path: "/tasks/$taskId", component: lazyRouteComponent(() => import("../features/tasks/detail"), "TaskPage") });
const offers = createRoute({
  getParentRoute: () => shell,
  path: "/offers",
  validateSearch: (s: Record<string, unknown>): { archived?: boolean } => ({ archived: s.archived === true || undefined }),
  component: lazyRouteComponent(() => import("../features/offers/list"), "OfferList"),
});
const offer = createRoute({ getParentRoute: () => shell, path: "/offers/$offerKey", component: lazyRouteComponent(() => import("../features/offers/detail"), "OfferPage") });
const referrals = createRoute({
  getParentRoute: () => shell,
  path: "/referrals",
  validateSearch: (s: Record<string, unknown>): ReferralSearch => ({ state: referralStates.find((x) => x === s.state), tab: s.tab === "referrers" ? "referrers" : undefined }),
  component: lazyRouteComponent(() => import("../features/referrals/list"), "ReferralList"),
});
const inbox = createRoute({
  getParentRoute: () => shell,
  path: "/inbox",
  validateSearch: (s: Record<string, unknown>): { message?: string } => ({ message: text(s.message) }),
  component: lazyRouteComponent(() => import("../features/inbox/inbox"), "Inbox"),
});
const events = createRoute({
  getParentRoute: () => shell,
  path: "/events",
  validateSearch: (s: Record<string, unknown>): { tab?: string } => ({ tab: text(s.tab) }),
  component: lazyRouteComponent(() => import("../features/events/events"), "Events"),
});
const keys = createRoute({ getParentRoute: () => shell, path: "/api-keys", component: lazyRouteComponent(() => import("../features/keys/keys"), "ApiKeys") });
const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  validateSearch: (s: Record<string, unknown>): { tab?: string } => ({ tab: text(s.tab) }),
  component: lazyRouteComponent(() => import("../features/settings/settings"), "Settings"),
});

const tree = root.addChildren([signIn, shell.addChildren([home, journeys, blueprints, blueprint, journey, journeyEdit, broadcasts, broadcast, calendar, run, customers, customer, tasks, task, offers, offer, referrals, inbox, events, keys, settings])]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({ routeTree: tree, context: { queryClient }, defaultPreload: "intent", scrollRestoration: true });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
