import { Button, Group, Menu, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

const kinds = ["skip_wait", "hold", "release", "retry", "stop"] as const;
export type PersonAction = (typeof kinds)[number];

/** What an operator may do to people in a journey; run does it. With `confirm`, the words say whom it concerns before anything is done. */
export function PersonMenu({ label, run, confirm }: { label: string; run: (kind: PersonAction) => Promise<unknown>; confirm?: string }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<PersonAction | null>(null);
  const queryClient = useQueryClient();
  const act = useMutation({
    mutationFn: run,
    onSuccess: async () => {
      setAsking(null);
      notifications.show({ message: t("person.asked") });
      await queryClient.invalidateQueries();
    },
    onError: (error) => notifications.show({ color: "red", message: error.message, autoClose: false }),
  });
  return (
    <>
      <Menu position="bottom-end" withinPortal withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconDots size={16} aria-hidden />} loading={act.isPending}>
            {label}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {kinds.map((k) => (
            <Menu.Item key={k} onClick={() => (confirm ? setAsking(k) : act.mutate(k))}>
              {t(`person.${k}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={asking !== null} onClose={() => setAsking(null)} title={asking ? t(`person.${asking}`) : ""} closeButtonProps={{ "aria-label": t("common.close") }}>
        <Stack>
          <Text size="sm">{confirm}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(null)}>
              {t("common.cancel")}
            </Button>
            <Button color={asking === "stop" ? "red.9" : undefined} loading={act.isPending} onClick={() => asking && act.mutate(asking)}>
              {asking ? t(`person.${asking}`) : ""}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
