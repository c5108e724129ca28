import { Button, Group, Modal, Radio, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/errors";
import { type Broadcast, cloneBroadcast, resendBroadcast } from "./api";
import { keyFrom } from "./progress";

type Props = { broadcast: Broadcast; onClose: () => void };

/** Makes a draft under the first free key and goes on there. */
function useCopy(make: (key: string, name: string) => Promise<Broadcast>) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) => {
      const taken: string[] = [];
      for (;;) {
        const key = keyFrom(name, taken);
        try {
          return await make(key, name);
        } catch (error) {
          if (!(error instanceof ApiError) || error.status !== 409 || taken.length > 20) throw error;
          taken.push(key);
        }
      }
    },
    onSuccess: async (made) => {
      notifications.show({ message: t("bc.cloned") });
      await queryClient.invalidateQueries({ queryKey: ["broadcasts"] });
      await navigate({ to: "/broadcasts/$broadcastKey", params: { broadcastKey: made.key } });
    },
  });
}

export function CloneDialog({ broadcast, onClose }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState(t("bc.copyOf", { name: broadcast.name }).slice(0, 120));
  const copy = useCopy((key, n) => cloneBroadcast(broadcast.key, { key, name: n }));
  return (
    <Modal opened onClose={onClose} title={t("bc.cloneTitle", { name: broadcast.name })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          copy.mutate(name.trim(), { onSuccess: onClose });
        }}
      >
        <Stack>
          <TextInput label={t("bc.name")} required maxLength={120} value={name} error={copy.error?.message} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
          <Group justify="flex-end">
            <Button type="submit" loading={copy.isPending} disabled={name.trim() === ""}>
              {t("bc.clone")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** A second letter to those who got the first and did nothing with it. */
export function AgainDialog({ broadcast, issue, onClose }: Props & { issue: number }) {
  const { t } = useTranslation();
  const [name, setName] = useState(t("bc.againName", { name: broadcast.name }).slice(0, 120));
  const [unless, setUnless] = useState<"clicked" | "opened">("clicked");
  const copy = useCopy((key, n) => resendBroadcast(broadcast.key, { key, name: n, issue, unless }));
  return (
    <Modal opened onClose={onClose} title={t("bc.againTitle")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          copy.mutate(name.trim(), { onSuccess: onClose });
        }}
      >
        <Stack>
          <Text size="sm">{t("bc.againText")}</Text>
          <Radio.Group label={t("bc.againUnless")} value={unless} onChange={(v) => setUnless(v === "opened" ? "opened" : "clicked")}>
            <Stack gap={6} mt={6}>
              {["clicked", "opened"].map((u) => (
                <Radio key={u} value={u} label={t(`bc.unless.${u}`)} data-autofocus={u === "clicked" || undefined} />
              ))}
            </Stack>
          </Radio.Group>
          <TextInput label={t("bc.name")} required maxLength={120} value={name} error={copy.error?.message} onChange={(e) => setName(e.currentTarget.value)} />
          <Group justify="flex-end">
            <Button type="submit" loading={copy.isPending} disabled={name.trim() === ""}>
              {t("bc.write")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
