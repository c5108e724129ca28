import { Alert, Button, Checkbox, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { freeKey, keyOf } from "../starting";
import { type Blueprint, installBlueprint, sendersQuery } from "./api";
import { inLanguage } from "./words";

/** Makes a draft of a blueprint with its texts: what it is called, in which languages it speaks and who its messages are from. */
export function UseDialog({ blueprint: b, taken, onClose }: { blueprint: Blueprint; taken: string[]; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const languages = new Intl.DisplayNames([i18n.language], { type: "language" });
  const senders = useQuery(sendersQuery).data?.senders ?? [];
  const title = inLanguage(b.names, i18n.language, b.name);
  const free = freeKey(b.key, taken);
  const [name, setName] = useState(free === b.key ? title : `${title} (${free.slice(b.key.length + 1)})`);
  const [key, setKey] = useState(free);
  const [locales, setLocales] = useState(b.locales);
  const [sender, setSender] = useState<string | null>(null);
  const used = taken.includes(key);
  const bad = key !== "" && keyOf(key) !== key;
  const complete = name.trim() !== "" && key !== "" && !used && !bad && (locales.length > 0 || b.locales.length === 0);
  const create = useMutation({
    mutationFn: () => installBlueprint({ blueprint: b.key, key, name: name.trim(), language: i18n.language, locales: locales.length === b.locales.length ? undefined : locales, sender: sender ?? undefined }),
    onSuccess: async (made) => {
      await queryClient.invalidateQueries({ queryKey: ["journeys"] });
      await queryClient.invalidateQueries({ queryKey: ["catalogue"] });
      const renamed = Object.entries(made.renamed_templates ?? {});
      if (renamed.length > 0) notifications.show({ autoClose: 12_000, title: t("blueprints.renamedTitle"), message: renamed.map(([from, to]) => `${from} → ${to}`).join(", ") });
      onClose();
      await navigate({ to: "/journeys/$journeyKey", params: { journeyKey: made.key } });
    },
  });
  return (
    <Modal opened onClose={onClose} title={t("journeys.use", { name: title })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (complete) create.mutate();
        }}
      >
        <Stack>
          {create.isError && (
            <Alert color="red" role="alert">
              {create.error.message}
            </Alert>
          )}
          <TextInput data-autofocus required label={t("f.name")} value={name} onChange={(e) => setName(e.currentTarget.value)} />
          <TextInput required label={t("journeys.key")} description={t("journeys.keyHint")} value={key} error={used ? t("journeys.keyTaken") : bad ? t("journeys.keyBad") : undefined} onChange={(e) => setKey(e.currentTarget.value)} />
          {b.locales.length > 0 && (
            <Checkbox.Group label={t("blueprints.languages")} description={t("blueprints.languagesHint")} value={locales} onChange={setLocales} error={locales.length === 0 ? t("blueprints.oneLanguage") : undefined}>
              <Group mt="xs">
                {b.locales.map((l) => (
                  <Checkbox key={l} value={l} label={languages.of(l) ?? l} />
                ))}
              </Group>
            </Checkbox.Group>
          )}
          {senders.length > 1 && (
            <Select
              label={t("blueprints.sender")}
              placeholder={t("blueprints.defaultSender")}
              clearable
              clearButtonProps={{ "aria-label": t("common.clear") }}
              value={sender}
              data={senders.map((s) => ({ value: s.key, label: `${s.from_name} <${s.from_address}>` }))}
              onChange={setSender}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" disabled={!complete} loading={create.isPending}>
              {t("blueprints.makeDraft")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
