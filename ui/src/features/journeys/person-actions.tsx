import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { PersonMenu } from "../../components/person-menu";
import { startOperation } from "./versions-api";

/** What may be done to everybody who fits the filter of the list. */
export function BulkActions({ journeyKey, filter }: { journeyKey: string; filter: Pick<Schema<"OperationCreate">, "version" | "step"> }) {
  const { t } = useTranslation();
  return <PersonMenu label={t("person.bulk")} confirm={t("person.bulkText")} run={(kind) => startOperation(journeyKey, { kind, ...filter })} />;
}
