import { Alert, Button, Group, List, Modal, Stack, Text, Textarea } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { RouterAnchor } from "../../components/link";
import type { Journey } from "./api";

/** Whom a text names: one a line, or with commas; each once. */
export function namesOf(text: string): string[] {
  return [...new Set(text.split(/[\n,;]+/).map((x) => x.trim()).filter(Boolean))];
}

/** Who and, behind " = ", the key of what a run is about: a booking, an order. */
export function keyedNames(names: readonly string[]): { customers: string[]; keys?: string[] } {
  const parts = names.map((n) => n.split(/\s=\s/, 2));
  const customers = parts.map((p) => (p[0] ?? "").trim());
  return parts.some((p) => p.length > 1) ? { customers, keys: parts.map((p) => (p[1] ?? "").trim()) } : { customers };
}

/** Lets chosen customers in, and says of each what became of it. */
export function AddPeople({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [text, setText] = useState("");
  const who = namesOf(text);
  const add = useMutation({
    mutationFn: () => unwrap(api.POST("/api/admin/v1/journeys/{key}/people", { params: { path: { key: journey.key } }, body: keyedNames(who) })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["runs"] });
      await queryClient.invalidateQueries({ queryKey: ["journey", journey.key] });
    },
  });
  const close = () => {
    setOpened(false);
    setText("");
    add.reset();
  };
  return (
    <>
      <Button variant="default" leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setOpened(true)}>
        {t("people.add")}
      </Button>
      <Modal opened={opened} onClose={close} title={t("people.addTitle", { name: journey.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
        <form
          onSubmit={(e) => {
            e.preventDefault();
            if (who.length > 0 && who.length <= 200) add.mutate();
          }}
        >
          <Stack>
            {!add.data && <Textarea data-autofocus required autosize minRows={3} maxRows={10} label={t("people.addWho")} description={t("people.addHint")} value={text} error={who.length > 200 ? t("people.addTooMany") : undefined} onChange={(e) => setText(e.currentTarget.value)} />}
            {add.isError && <Alert color="red">{add.error.message}</Alert>}
            {add.data && (
              <List size="sm" listStyleType="none" spacing={4} role="status" aria-live="polite">
                {(add.data.items ?? []).map((p) => (
                  <List.Item key={p.customer}>
                    <Text span size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                      {p.customer}
                    </Text>
                    {": "}
                    {p.entered ? (
                      <RouterAnchor to="/runs/$runId" params={{ runId: p.run_id }} size="sm">
                        {t("people.addEntered")}
                      </RouterAnchor>
                    ) : (
                      t(`reason.${p.reason}`, { defaultValue: p.reason.replaceAll("_", " ") })
                    )}
                  </List.Item>
                ))}
              </List>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {t(add.data ? "common.close" : "common.cancel")}
              </Button>
              {!add.data && (
                <Button type="submit" loading={add.isPending} disabled={who.length === 0 || who.length > 200}>
                  {t("people.addDo", { count: who.length })}
                </Button>
              )}
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
