import { Alert, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../api/errors";
import { useMay } from "../../../api/session";
import type { Schema } from "../../../api/types";
import { type Journey, journeyQuery } from "../api";
import { codeDocument, saveDraft, type Settings, useCodeTypes } from "../../../components/code/api";
import { SettingsForm } from "../../../components/code/settings-form";

/** The settings of a journey in Go. Saving asks the code for the document that belongs to them and keeps it as the draft. */
export function JourneySettings({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const mayWrite = useMay("journeys.write");
  const draft = journey.draft as Schema<"Document">;
  const code = draft.code;
  const type = useCodeTypes("journey").find((c) => c.type === code?.type);
  const [own, setOwn] = useState<Settings | null>(null);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const settings = own ?? ((code?.settings ?? {}) as Settings);
  const save = useMutation({
    mutationFn: async () => {
      const { document } = await codeDocument(code?.type ?? "", settings, draft);
      return saveDraft(journey.key, journey.draft_revision, document);
    },
    onSuccess: async (saved) => {
      setOwn(null);
      setErrors({});
      queryClient.setQueryData(journeyQuery(journey.key).queryKey, saved);
      await queryClient.invalidateQueries({ queryKey: ["journey", journey.key] });
      notifications.show({ message: t("code.saved") });
    },
    onError: (error) => {
      if (error instanceof ApiError && error.fields.length > 0) setErrors(Object.fromEntries(error.fields.map((f) => [f.location.replace(/^body\./, ""), f.message])));
      else notifications.show({ color: "red", message: error.message });
    },
  });
  if (!code) return null;
  const found = Object.fromEntries((journey.issues ?? []).flatMap((i) => (i.path.startsWith("code.settings") ? [[i.path.slice("code.".length), i.message]] : [])));
  const readOnly = !mayWrite || journey.state === "stopped" || journey.state === "archived";
  return (
    <Paper withBorder p="md" maw={640}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{t("code.journeyLead", { type: code.type })}</Text>
          {!type && <Alert color="orange">{t("code.unknown", { type: code.type })}</Alert>}
          {type && !type.alive && <Alert color="orange">{t("code.away")}</Alert>}
          {type && (
            <SettingsForm
              schema={type.settings}
              value={settings}
              onChange={(v) => setOwn(v)}
              path="settings"
              errors={own ? errors : { ...found, ...errors }}
              readOnly={readOnly}
            />
          )}
          {type && !readOnly && (
            <Group justify="flex-end">
              <Button variant="default" disabled={!own} onClick={() => (setOwn(null), setErrors({}))}>
                {t("common.cancel")}
              </Button>
              <Button type="submit" disabled={!own} loading={save.isPending}>
                {t("code.save")}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Paper>
  );
}
