import { Alert, Box, Button, Center, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { signIn } from "../../api/session";
import { FirstOwner } from "./first-owner";

/** Only paths of our own site are followed after signing in. */
export function safeReturn(from: string | undefined): string {
  return from?.startsWith("/") && !from.startsWith("//") && !from.startsWith("/sign-in") ? from : "/";
}

/** The way in: the sign-in form, or, while nobody exists, the form that makes the first owner. */
export function SignIn() {
  const { t } = useTranslation();
  const options = useQuery({ queryKey: ["auth", "options"], queryFn: () => unwrap(api.GET("/api/admin/v1/auth/options")), staleTime: 0 });
  const first = options.data?.setup_needed === true;
  useEffect(() => {
    document.title = `${t(first ? "setup.title" : "signIn.title")} · Sojourn`;
  }, [t, first]);
  return (
    <Center mih="100dvh" p="md" component="main" style={{ background: "var(--so-canvas)" }}>
      <Box w="100%" maw={400}>
        <Group gap="sm" justify="center" mb="lg">
          <img src="/favicon.svg" alt="" width={40} height={40} />
          <Title order={1} fz={28}>
            Sojourn
          </Title>
        </Group>
        <Paper withBorder p="xl" radius="lg" shadow="sm">
          {first ? <FirstOwner /> : <SignInForm />}
        </Paper>
      </Box>
    </Center>
  );
}

function SignInForm() {
  const { t } = useTranslation();
  const { from } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const login = useMutation({
    mutationFn: () => signIn(email, password),
    onSuccess: async () => {
      queryClient.clear();
      await navigate({ to: safeReturn(from) });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    login.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text className="so-dim" size="sm">
          {t("signIn.lead")}
        </Text>
        {login.error && (
          <Alert color="red" icon={<IconLock size={18} aria-hidden />} role="alert">
            {login.error.message}
          </Alert>
        )}
        <TextInput label={t("signIn.email")} type="email" autoComplete="username" required value={email} onChange={(e) => setEmail(e.currentTarget.value)} />
        <PasswordInput
          label={t("signIn.password")}
          autoComplete="current-password"
          required
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.show") }}
        />
        <Button type="submit" loading={login.isPending} fullWidth>
          {t("signIn.submit")}
        </Button>
      </Stack>
    </form>
  );
}
