import type { Doctor } from '../doctor/doctor.ts';
import { type SurveyParts, survey } from '../doctor/survey.ts';
import type { SaidApi } from './said-api.ts';

export interface DoctorParts extends SurveyParts {
  readonly doctor: Pick<Doctor, 'view' | 'run' | 'lastDialBack'>;
}

export function doctorApi(parts: DoctorParts): Pick<SaidApi, 'doctor' | 'runDoctor'> {
  const view = () => ({ findings: survey(parts).findings, self: parts.doctor.view() });
  return {
    async doctor() {
      return view();
    },
    async runDoctor() {
      await parts.doctor.run();
      return view();
    },
  };
}
