import { Button, Container } from "@mantine/core";
import { IconCompassOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { LoadError, PageHeader } from "../components/page";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Container component="main" size="sm" py="xl">
      <PageHeader
        title={t("common.notFound")}
        lead={t("common.notFoundHint")}
        back={<IconCompassOff size={40} aria-hidden />}
        actions={
          <Button component="a" href="/" variant="default">
            {t("nav.home")}
          </Button>
        }
      />
    </Container>
  );
}

export function RouteError({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <Container size="sm" py="xl">
      <LoadError error={error instanceof Error ? error : new Error(String(error))} onRetry={reset} />
    </Container>
  );
}
