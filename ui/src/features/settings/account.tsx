import { Alert, Button, Group, Paper, PasswordInput, Stack, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";

/** One's own password. Every other session of the user ends with the change. */
export function Account() {
  const { t } = useTranslation();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => unwrap(api.POST("/api/admin/v1/auth/password", { body: { current, new: next } })),
    onSuccess: () => {
      notifications.show({ message: t("account.changed") });
      setCurrent("");
      setNext("");
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    change.mutate();
  };
  const toggle = { "aria-label": t("signIn.show") };
  return (
    <Paper withBorder p="md" maw={480}>
      <form onSubmit={submit}>
        <Stack>
          <Title order={2}>{t("account.password")}</Title>
          {change.error && (
            <Alert color="red" role="alert">
              {change.error.message}
            </Alert>
          )}
          <PasswordInput label={t("account.current")} autoComplete="current-password" required value={current} onChange={(e) => setCurrent(e.currentTarget.value)} visibilityToggleButtonProps={toggle} />
          <PasswordInput label={t("account.new")} description={t("account.hint")} autoComplete="new-password" required minLength={10} value={next} onChange={(e) => setNext(e.currentTarget.value)} visibilityToggleButtonProps={toggle} />
          <Group>
            <Button type="submit" loading={change.isPending}>
              {t("account.change")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
