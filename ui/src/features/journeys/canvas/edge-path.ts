import { type EdgeProps, getSmoothStepPath } from "@xyflow/react";
import { holds, pathOf, type Route } from "./route";

/** Path and place of the label: along the route while both ends stand where it was made for, else the short way. */
export function edgePath(p: EdgeProps, route: Route | undefined): [string, number, number] {
  if (holds(route, p.sourceX, p.sourceY, p.targetX, p.targetY)) return [pathOf(route.points), route.label.x, route.label.y];
  const [path, x, y] = getSmoothStepPath(p);
  return [path, x, y];
}
