import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

const kinds = ["skip_wait", "hold", "release", "retry", "stop"] as const;
export type PersonAction = (typeof kinds)[number];

/** What an operator may do to people in a journey; run does it. */
export function PersonMenu({ label, run }: { label: string; run: (kind: PersonAction) => Promise<unknown> }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const act = useMutation({
    mutationFn: run,
    onSuccess: async () => {
      notifications.show({ message: t("person.asked") });
      await queryClient.invalidateQueries();
    },
    onError: (error) => notifications.show({ color: "red", message: error.message, autoClose: false }),
  });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDots size={16} aria-hidden />} loading={act.isPending}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {kinds.map((k) => (
          <Menu.Item key={k} onClick={() => act.mutate(k)}>
            {t(`person.${k}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
