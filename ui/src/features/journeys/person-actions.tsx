import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { PersonMenu } from "../../components/person-menu";
import { startOperation } from "./versions-api";

type Run = Schema<"RunSummary">;

/** What may be done to everybody who fits the filter of the list. */
export function BulkActions({ journeyKey, filter }: { journeyKey: string; filter: Pick<Schema<"OperationCreate">, "version" | "step"> }) {
  const { t } = useTranslation();
  return <PersonMenu label={t("person.bulk")} confirm={t("person.bulkText")} run={(kind) => startOperation(journeyKey, { kind, ...filter })} />;
}

/** Those of the chosen runs for whom holding or releasing changes anything: whom an undo has to reach, and nobody else. */
export function changedBy(kind: "hold" | "release", chosen: readonly Pick<Run, "id" | "held">[]): string[] {
  return chosen.filter((r) => r.held === (kind === "release")).map((r) => r.id);
}

/** What may be done to the chosen people. Held and released can be taken back. */
export function ChosenActions({ journeyKey, chosen, onDone }: { journeyKey: string; chosen: readonly Run[]; onDone: () => void }) {
  const { t } = useTranslation();
  const told = (kind: Schema<"OperationCreate">["kind"], runs: string[]) => startOperation(journeyKey, { kind, runs });
  return (
    <PersonMenu
      label={t("person.chosen", { count: chosen.length })}
      run={async (kind) => {
        await told(kind, chosen.map((r) => r.id));
        onDone();
      }}
      undo={(kind) => {
        if (kind !== "hold" && kind !== "release") return undefined;
        const runs = changedBy(kind, chosen);
        return runs.length > 0 ? () => told(kind === "hold" ? "release" : "hold", runs) : undefined;
      }}
    />
  );
}
