import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { createFromDocument } from "../api";
import { freeKey } from "../starting";
import { codeDocument, type CodeType, useCodeTypes } from "../../../components/code/api";

/** Journeys in Go to start from, beside the blueprints; those that ship as a blueprint are not told twice. */
export function CodeJourneys({ taken, known }: { taken: string[]; known: string[] }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const types = useCodeTypes("journey").filter((c) => !known.includes(c.type));
  const start = useMutation({
    mutationFn: async (c: CodeType) => {
      const { document } = await codeDocument(c.type, {});
      const key = freeKey(document.key, taken);
      return createFromDocument({ ...document, key, name: key === document.key ? document.name : `${document.name} (${key.slice(document.key.length + 1)})` });
    },
    onSuccess: async (made) => {
      await queryClient.invalidateQueries({ queryKey: ["journeys"] });
      await navigate({ to: "/journeys/$journeyKey", params: { journeyKey: made.key }, search: { tab: "settings" } });
    },
    onError: (error) => notifications.show({ color: "red", message: error.message }),
  });
  if (types.length === 0) return null;
  return (
    <Stack component="section" gap="sm" mt="xl" aria-labelledby="code-journeys">
      <Title order={2} id="code-journeys">
        {t("code.journeys")}
      </Title>
      <Text c="dimmed">{t("code.journeysLead")}</Text>
      {types.map((c) => (
        <Paper key={c.type} withBorder p="md">
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <div>
              <Text fw={600}>{c.name || c.type}</Text>
              {c.description && <Text size="sm">{c.description}</Text>}
              {!c.alive && (
                <Text size="sm" c="dimmed">
                  {t("code.away")}
                </Text>
              )}
            </div>
            <Button variant="default" onClick={() => start.mutate(c)} loading={start.isPending && start.variables.type === c.type} aria-label={t("code.startOf", { name: c.name || c.type })}>
              {t("code.start")}
            </Button>
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}
