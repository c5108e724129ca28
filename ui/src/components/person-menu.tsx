import { Button, Group, Menu, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp, IconDots } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

export const personActions = ["skip_wait", "hold", "release", "retry", "stop"] as const;
export type PersonAction = (typeof personActions)[number];

/** What can be taken back is done at once; what can't asks first. */
const takesBack: Partial<Record<PersonAction, PersonAction>> = { hold: "release", release: "hold" };
const final: readonly PersonAction[] = ["skip_wait", "stop"];

type Props = {
  label: string;
  run: (kind: PersonAction) => Promise<unknown>;
  /** Whom it concerns, in words: asked before anything is done. */
  confirm?: string;
  kinds?: readonly PersonAction[];
  /** Does the opposite of what was just done, to whom it made a difference; without it there is no way back here. */
  undo?: (kind: PersonAction) => (() => Promise<unknown>) | undefined;
};

/** What an operator may do to people in a journey. */
export function PersonMenu({ label, run, confirm, kinds = personActions, undo }: Props) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<PersonAction | null>(null);
  const queryClient = useQueryClient();
  const act = useMutation({
    mutationFn: async (kind: PersonAction) => {
      const back = takesBack[kind] && undo?.(kind); // before it is done: afterwards nobody knows who was held already
      await run(kind);
      return back;
    },
    onSuccess: async (back) => {
      setAsking(null);
      const id = notifications.show({
        autoClose: back ? 12_000 : undefined,
        message: back ? (
          <Group justify="space-between" gap="xs">
            <span>{t("person.asked")}</span>
            <Button size="compact-sm" variant="default" leftSection={<IconArrowBackUp size={14} aria-hidden />} onClick={() => void takeBack(back, id)}>
              {t("person.undo")}
            </Button>
          </Group>
        ) : (
          t("person.asked")
        ),
      });
      await queryClient.invalidateQueries();
    },
    onError: (error) => notifications.show({ color: "red", message: error.message, autoClose: false }),
  });
  const takeBack = async (back: () => Promise<unknown>, shown: string) => {
    notifications.hide(shown);
    try {
      await back();
      notifications.show({ message: t("person.undone") });
      await queryClient.invalidateQueries();
    } catch (error) {
      notifications.show({ color: "red", message: (error as Error).message, autoClose: false });
    }
  };
  const asks = (kind: PersonAction) => confirm !== undefined || final.includes(kind);
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
            <Menu.Item key={k} onClick={() => (asks(k) ? setAsking(k) : act.mutate(k))}>
              {t(`person.${k}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={asking !== null} onClose={() => setAsking(null)} title={asking ? t(`person.${asking}`) : ""} closeButtonProps={{ "aria-label": t("common.close") }}>
        <Stack>
          {confirm && <Text size="sm">{confirm}</Text>}
          {asking && final.includes(asking) && <Text size="sm">{t(`person.${asking}Text`)}</Text>}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(null)} data-autofocus>
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
