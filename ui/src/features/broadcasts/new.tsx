import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/errors";
import { createBroadcast } from "./api";
import { keyFrom } from "./progress";

/** Asks for a name and goes on in the composer. */
export function NewBroadcast({ taken }: { taken: string[] }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: async () => {
      const tried = [...taken];
      for (;;) {
        const key = keyFrom(name.trim(), tried);
        try {
          return await createBroadcast(key, name.trim());
        } catch (error) {
          // The list holds one page: an older broadcast may have this key. Then the next number is tried.
          if (!(error instanceof ApiError) || error.status !== 409 || tried.length > taken.length + 20) throw error;
          tried.push(key);
        }
      }
    },
    onSuccess: async (made) => {
      await queryClient.invalidateQueries({ queryKey: ["broadcasts"] });
      await navigate({ to: "/broadcasts/$broadcastKey", params: { broadcastKey: made.key } });
    },
  });
  return (
    <>
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpened(true)}>
        {t("bc.new")}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={t("bc.new")} closeButtonProps={{ "aria-label": t("common.close") }}>
        <form
          onSubmit={(e) => {
            e.preventDefault();
            create.mutate();
          }}
        >
          <Stack>
            <TextInput label={t("bc.name")} description={t("bc.nameHint")} required maxLength={120} value={name} error={create.error?.message} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
            <Group justify="flex-end">
              <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
                {t("bc.write")}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
