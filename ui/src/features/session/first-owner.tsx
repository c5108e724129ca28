import { Alert, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";

/** The first visit to an empty installation: whoever holds the printed token becomes its owner. */
export function FirstOwner() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [form, setForm] = useState({ token: "", workspace_name: "", name: "", email: "", password: "" });
  const field = (name: keyof typeof form) => ({
    required: true,
    value: form[name],
    onChange: (e: { currentTarget: { value: string } }) => setForm({ ...form, [name]: e.currentTarget.value }),
  });
  const setUp = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/admin/v1/auth/setup", {
          body: { ...form, token: form.token.trim(), timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale: i18n.language },
        }),
      ),
    onSuccess: async () => {
      queryClient.clear();
      await navigate({ to: "/" });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setUp.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text className="so-dim" size="sm">
          {t("setup.lead")}
        </Text>
        {setUp.error && (
          <Alert color="red" icon={<IconLock size={18} aria-hidden />} role="alert">
            {setUp.error.message}
          </Alert>
        )}
        <TextInput label={t("setup.token")} description={t("setup.tokenHint")} autoComplete="off" spellCheck={false} {...field("token")} />
        <TextInput label={t("setup.workspace")} autoComplete="organization" {...field("workspace_name")} />
        <TextInput label={t("setup.name")} autoComplete="name" {...field("name")} />
        <TextInput label={t("signIn.email")} type="email" autoComplete="username" {...field("email")} />
        <PasswordInput
          label={t("signIn.password")}
          description={t("setup.passwordHint")}
          autoComplete="new-password"
          minLength={10}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.show") }}
          {...field("password")}
        />
        <Button type="submit" loading={setUp.isPending} fullWidth>
          {t("setup.submit")}
        </Button>
      </Stack>
    </form>
  );
}
