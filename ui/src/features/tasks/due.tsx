import { Group, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { When } from "../../components/when";
import type { TaskRow } from "./api";

/** When a task is due; what is late says so in words, not by colour alone. */
export function Due({ task }: { task: TaskRow }) {
  const { t } = useTranslation();
  const late = task.state === "open" && new Date(task.due_at) < new Date();
  return (
    <>
      <When at={task.due_at} size="sm" fw={late ? 600 : undefined} style={{ whiteSpace: "nowrap" }} />
      {late && (
        <Group gap={4} wrap="nowrap">
          <IconAlertCircle size={14} aria-hidden color="var(--mantine-color-red-filled)" />
          <Text size="xs">{t("tasks.late")}</Text>
        </Group>
      )}
    </>
  );
}
